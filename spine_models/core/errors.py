"""Typed errors. The message of each is one sentence a user can act on: what was wrong, what to do."""


class SpineError(Exception):
    """Base of every error this project raises on purpose; its text may be shown to a user as it is."""


class ImageError(SpineError):
    """The file given is not a film that can be measured (unreadable, empty, too large, black, ...)."""


class ModelError(SpineError):
    """The model asked for does not exist, is broken, untrained, or its weights are not the ones its card names."""


class DetectionError(SpineError):
    """The model found no complete spine on the film."""


class DataError(SpineError):
    """A data set or label file is missing or not laid out as expected."""


class LandmarkError(SpineError, ValueError):
    """Landmarks of the wrong shape, with NaN, or unordered levels."""
