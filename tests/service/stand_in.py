"""A trained model's card, and films run without other processes, for tests that need no network."""

from spine_models.core.card import ModelCard, Training

CARD = ModelCard(
    name="stand_in", family="CNN", title="t", summary="s", input_size=(512, 256), codec="none", paper="p",
    training_data="d", intended_use="u", limits=("l",),
    training=Training(params=1, sha256="ab" * 32, data="d", label_revision="r", epochs=1, minutes=1, seed=7,
                      validation={"smape": 1.0}),
)


def one_by_one(work, items):
    return ((index, work(item)) for index, item in enumerate(items))
