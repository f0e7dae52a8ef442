"""The words of the DICOM report as codes: SNOMED CT and UCUM where they have one, else our own scheme ``SCHEME``.

Cobb angle is (285285000, SCT), in the standard's context group 7550; vertebrae are those of context group 7603.
"""

from __future__ import annotations

from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

SCHEME = "99SPINE"
"""Coding scheme of this program, its codes of 16 characters at most; private schemes begin with 99 (DICOM PS3.16)."""

COBB_ANGLE = codes.SCT.CobbAngle
SPINE = codes.SCT.Spine
SEVERITY = codes.SCT.Severity
SEVERITIES = {"mild": codes.SCT.Mild, "moderate": codes.SCT.Moderate, "severe": codes.SCT.Severe}
DEGREE, MILLIMETRE, RATIO = codes.UCUM.Degree, codes.UCUM.Millimeter, codes.UCUM.Ratio
VERTEBRA_HEIGHTS = CodedConcept("{vert_height}", "UCUM", "mean vertebra heights")
CORNER_COUNT = CodedConcept("{corners}", "UCUM", "corners")


def own(value: str, meaning: str) -> CodedConcept:
    """A concept that neither SNOMED CT nor DICOM names."""
    return CodedConcept(value, SCHEME, meaning)


def vertebra(level: str) -> CodedConcept:
    """A level by its name; T13, L6 and S1, which have no code there, in our own scheme."""
    found = getattr(codes.SCT, f"{level}Vertebra", None)
    return CodedConcept.from_code(found) if found else own(f"VERTEBRA_{level}", f"{level} vertebra")


CURVE = own("CURVE", "Curve of the spine in the frontal plane")
UPPER, LOWER, APEX = own("UPPER", "Upper end vertebra"), own("LOWER", "Lower end vertebra"), own("APEX", "Apex")
REGION, CONVEXITY = own("REGION", "Region of the apex"), own("CONVEXITY", "Side of the convexity")
REGIONS = {"PT": own("PT", "Proximal thoracic"), "MT": own("MT", "Main thoracic"),
           "TL/L": own("TL_L", "Thoracolumbar or lumbar")}
SIDES = {"left": own("FILM_LEFT", "Left of the film as shown"),
         "right": own("FILM_RIGHT", "Right of the film as shown"),
         "patient's left": own("PATIENT_LEFT", "Patient's left"),
         "patient's right": own("PATIENT_RIGHT", "Patient's right")}
WHOSE_SIDES = own("WHOSE_SIDES", "Whose left and right signs are of")
OWNERS = {False: own("FILM", "The film as shown"), True: own("PATIENT", "The patient")}
LOW = own("COBB_LOW", "Cobb angle, low end of 90 % interval")
HIGH = own("COBB_HIGH", "Cobb angle, high end of 90 % interval")
TRANSLATION = own("TRANSLATION", "Apical translation, right positive")

WEDGE = own("WEDGE", "Wedge angle, taller left positive")
HEIGHT_RATIO = own("HEIGHT_RATIO", "Left to right height of the vertebra")
TILT = own("TILT", "Tilt, right lower positive")
DISC_WEDGE = own("DISC_WEDGE", "Wedge of disc below, taller left positive")
SHAPE = own("SHAPE", "Shape against the range of its level")
EDITED = own("EDITED", "Corners placed by a human")

STANCE = own("STANCE", "Balance and tilt of the spine")
BALANCE = own("BALANCE", "Coronal balance, T1 from L5, right positive")
TRUNK_SHIFT = own("TRUNK_SHIFT", "Trunk shift, T1-T12 from L5, right positive")
LEAN = own("LEAN", "Lean of the line L5-T1, right positive")
LENKE = own("LENKE", "Lenke type that remains possible")
COMMENT = codes.DCM.Comment
