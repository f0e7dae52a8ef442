"""Bytes to film, film to network frame and back, and films made by the project itself.

``load`` reads JPG, PNG and TIFF into a Radiograph, ``letterbox`` fits a film into a network's frame with an exact
inverse, ``phantom`` draws frontal spine films whose corners are known. numpy, OpenCV and Pillow only.
"""
