import json
from importlib import import_module
from pkgutil import iter_modules

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck
from pydantic import BaseModel
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from ohmstead.web import views
from ohmstead.web.application import create_app
from ohmstead.web.schema import openapi
from ohmstead.web.views.base import View
from tests.exploring import examples
from tests.web.memory_house import MemoryHouse, event

API = openapi()
OPERATIONS = {
    "get_snapshot",
    "get_charger_settings",
    "set_charger_setting",
    "set_vehicle_meter",
    "remove_vehicle_meter",
    "get_label",
    "get_networks",
    "scan_networks",
    "join_wifi",
    "set_ethernet",
    "set_mobile",
    "set_hotspot",
    "list_cards",
    "add_card",
    "change_card",
    "remove_card",
    "get_learning",
    "learn_card",
    "forget_learning",
    "get_cluster",
    "change_cluster",
    "set_cluster_role",
    "add_member",
    "change_member",
    "remove_member",
    "open_pairing",
    "list_charging_sessions",
    "export_charging_sessions",
    "get_charging_session",
    "begin_counters_anew",
    "get_prices",
    "set_price",
    "recalculate_costs",
    "get_series",
    "get_events",
    "get_balance",
    "get_what_if",
    "compare_ways",
    "get_breakdown",
    "get_corrections",
    "correct_history",
    "get_heat_map",
    "get_always_on",
    "get_load_configuration",
    "put_load_configuration",
    "examine_load_configuration",
    "apply_load_configuration",
    "identify_point",
    "say_that_a_load_runs",
    "get_live_points",
    "get_load_versions",
    "get_validation",
    "add_voltage_reading",
    "measure_again",
    "get_validation_report",
    "get_validation_report_pdf",
    "get_filed_reports",
    "get_filed_report",
    "get_filed_report_pdf",
    "get_fitting_transformer",
    "check_bus_cable",
    "get_site",
    "get_programs",
    "set_programs",
    "set_surplus",
    "get_timeline",
    "command_charger",
    "do_at_bench",
    "get_bench",
    "get_panel",
    "press_panel",
    "start_verification",
    "command_site",
    "list_meters",
    "get_verification",
    "get_power_quality",
    "get_wiring_proposal",
    "confirm_wiring",
    "login",
    "logout",
    "get_sessions",
    "revoke_session",
    "get_health",
    "get_metrics",
}
VIEWS = [
    view
    for module in (import_module(f"{views.__name__}.{each.name}") for each in iter_modules(views.__path__))
    for view in vars(module).values()
    if isinstance(view, type)
    and issubclass(view, BaseModel)
    and view.__module__ == module.__name__
    and view is not View
]


def seeded() -> FastAPI:
    house = MemoryHouse()
    house.record = [event(number) for number in range(1, 100)]
    return create_app(house, None, local_only=True)


def test_operations_keep_their_names():
    assert {operation["operationId"] for path in API["paths"].values() for operation in path.values()} == OPERATIONS


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_shape_has_an_example_that_fits_it(view: type[BaseModel]):
    examples = view.model_config["json_schema_extra"]["examples"]
    assert examples
    for example in examples:
        view.model_validate_json(json.dumps(example))


def test_every_shape_of_the_schema_has_an_example_or_is_a_list_of_words():
    bare = [name for name, shape in API["components"]["schemas"].items() if not ({"examples", "enum"} & shape.keys())]
    assert bare == []


def test_every_operation_says_what_it_does_and_how_it_fails():
    for path, operations in API["paths"].items():
        for operation in operations.values():
            assert operation["description"], path
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and path != "/health":
                    shape = answer["content"]["application/json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/Problem"}, (path, status)


def test_every_operation_tells_the_role_that_it_needs_and_how_to_show_it():
    roles = {
        op["operationId"]: (op["x-role"], bool(op["security"])) for ops in API["paths"].values() for op in ops.values()
    }
    assert roles["command_charger"] == ("user", True)
    assert roles["get_health"] == ("public", False)
    assert {role for role, _ in roles.values()} == {"public", "viewer", "user", "installer", "owner"}
    assert all(secured is (role != "public") for role, secured in roles.values())
    assert {each["type"] for each in API["components"]["securitySchemes"].values()} == {"http", "apiKey"}


def test_the_metrics_have_an_example():
    content = API["paths"]["/metrics"]["get"]["responses"]["200"]["content"]["text/plain"]
    assert "ohmstead_channel_power_watts{" in content["example"]


def test_the_frames_of_the_live_stream_stand_in_the_schema():
    change = API["components"]["schemas"]["LiveChange"]
    assert change["required"] == ["at"]
    assert set(change["properties"]) == {"at", "flows", "channels", "chargers", "circuits", "attention"}
    assert not any("default" in part for part in change["properties"].values())


def test_every_reference_of_the_schema_leads_somewhere():
    text = json.dumps(API)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= API["components"]["schemas"].keys()


schema = schemathesis.openapi.from_dict(API)
schema.app = seeded()


# On the machine itself nobody signs in; who may come in from elsewhere is shown by the tests of access.
# A schema cannot say that a range ends after it begins, or which channels and chargers there are.
# The tests of the routes do.
UNSAYABLE = {"get_series", "get_breakdown", "correct_history", "get_heat_map", "get_timeline"}


@schema.parametrize()
@examples(25, but=list(HealthCheck))
def test_whatever_the_schema_allows_or_forbids_is_answered_as_it_says(case):
    unsayable = case.operation.definition.raw["operationId"] in UNSAYABLE
    case.call_and_validate(
        headers={"Host": "localhost"},
        excluded_checks=[ignored_auth, *([positive_data_acceptance] if unsayable else [])],
    )
