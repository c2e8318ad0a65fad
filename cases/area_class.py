"""Classes of areas (管理区域), by which a city grades its time limits (GB/T 30428.8)."""

from typing import Final, Literal, get_args

AreaClass = Literal["A", "B", "C"]
AREA_CLASSES: Final[tuple[AreaClass, ...]] = get_args(AreaClass)
