"""behavior.toml: what must happen when somebody writes, which DDL cannot say.

```toml
[scope]
foreign_schemas = ["cron", "legacy_*"]     # schemas that are none of the contract's business (globs)

[rows."public.users"]                      # what the row factory puts into columns: `contract/rows.py`
email = "'user' || n || '@example.org'"
```

Beside it there are entries, each below a head `[[kind]]`. A kind is a module of this package, which says its keys.
"""

from pgassay.contract.behavior.access import AccessBehavior, Privileges, Rows, parse_access
from pgassay.contract.behavior.constraints import ConstraintBehavior, parse_constraint
from pgassay.contract.behavior.entry import Entry
from pgassay.contract.behavior.expectations import (
    AppendOnly,
    Counts,
    Expectation,
    Fills,
    Keeps,
    Notifies,
    SoftDeletes,
    Touches,
    Writes,
)
from pgassay.contract.behavior.functions import FunctionBehavior, Gives, parse_function
from pgassay.contract.behavior.kinds import KINDS, Behavior, load_behavior
from pgassay.contract.behavior.plans import PlanBehavior
from pgassay.contract.behavior.rejects import Rejects
from pgassay.contract.behavior.statistics import ColumnStatistics, TableStatistics
from pgassay.contract.behavior.triggers import TriggerBehavior, parse_trigger

__all__ = [
    "KINDS",
    "AccessBehavior",
    "AppendOnly",
    "Behavior",
    "ColumnStatistics",
    "ConstraintBehavior",
    "Counts",
    "Entry",
    "Expectation",
    "Fills",
    "FunctionBehavior",
    "Gives",
    "Keeps",
    "Notifies",
    "PlanBehavior",
    "Privileges",
    "Rejects",
    "Rows",
    "SoftDeletes",
    "TableStatistics",
    "Touches",
    "TriggerBehavior",
    "Writes",
    "load_behavior",
    "parse_access",
    "parse_constraint",
    "parse_function",
    "parse_trigger",
]
