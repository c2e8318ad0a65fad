"""The one inventory of personal data. A test compares it with the schema: each column is classified."""

from privacy.inventory.cases import CASES
from privacy.inventory.citizen import CITIZEN
from privacy.inventory.field import FIELD
from privacy.inventory.hotline import HOTLINE
from privacy.inventory.ledger import LEDGER
from privacy.inventory.outside import OUTSIDE
from privacy.inventory.people import PEOPLE
from privacy.inventory.sensing import SENSING
from privacy.inventory.warnings import WARNINGS
from privacy.model import TableLine

TABLES: tuple[TableLine, ...] = (*LEDGER, *HOTLINE, *CASES, *CITIZEN, *FIELD, *SENSING, *WARNINGS, *PEOPLE)

__all__ = ["OUTSIDE", "TABLES"]
