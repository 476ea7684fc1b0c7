"""The shipped suite. `from pgassay.checks import *` in a test module of yours collects all of it.

Each test is the thin face of the function of the same name in `pgassay.suite`.
"""

from .test_acceptances import test_acceptances
from .test_access import test_access_behavior, test_access_leaks, test_access_matrix, test_access_of_target
from .test_constraints import test_constraint_behavior, test_constraints_at_work
from .test_extensions import test_extensions, test_extensions_at_work
from .test_functions import test_function_behavior
from .test_grants import test_default_privileges, test_effective_privileges, test_owners, test_privileges, test_roles
from .test_indexes import test_index_definitions
from .test_migrations import (
    test_baselines,
    test_init_runs_twice,
    test_ledger,
    test_merge_order,
    test_migrations_lead_to_contract,
    test_round_trip,
    test_rows_kept,
    test_survival,
    test_two_runners,
    test_way_down,
)
from .test_operators import test_collations, test_operators, test_text_search
from .test_outside import test_cluster, test_foreign_data, test_languages, test_large_objects
from .test_plans import test_foreign_key_indexes, test_plans
from .test_publications import test_publications
from .test_rules import test_rules
from .test_security_labels import test_security_labels
from .test_statistics import test_statistics
from .test_tables import (
    test_columns,
    test_constraints,
    test_database_and_schemas,
    test_everything_was_read,
    test_functions,
    test_policies,
    test_sequences,
    test_tables,
    test_types,
    test_views,
)
from .test_triggers import test_trigger_behavior, test_trigger_definitions

__all__ = [
    "test_acceptances",
    "test_access_behavior",
    "test_access_leaks",
    "test_access_matrix",
    "test_access_of_target",
    "test_baselines",
    "test_cluster",
    "test_collations",
    "test_columns",
    "test_constraint_behavior",
    "test_constraints",
    "test_constraints_at_work",
    "test_database_and_schemas",
    "test_default_privileges",
    "test_effective_privileges",
    "test_everything_was_read",
    "test_extensions",
    "test_extensions_at_work",
    "test_foreign_data",
    "test_foreign_key_indexes",
    "test_function_behavior",
    "test_functions",
    "test_index_definitions",
    "test_init_runs_twice",
    "test_languages",
    "test_large_objects",
    "test_ledger",
    "test_merge_order",
    "test_migrations_lead_to_contract",
    "test_operators",
    "test_owners",
    "test_plans",
    "test_policies",
    "test_privileges",
    "test_publications",
    "test_roles",
    "test_round_trip",
    "test_rows_kept",
    "test_rules",
    "test_security_labels",
    "test_sequences",
    "test_statistics",
    "test_survival",
    "test_tables",
    "test_text_search",
    "test_trigger_behavior",
    "test_trigger_definitions",
    "test_two_runners",
    "test_types",
    "test_views",
    "test_way_down",
]
