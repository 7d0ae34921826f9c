"""``/api/v1/bench``: the test bench of a simulated building, where there is one; deeds are passed on to it.

The building is another process; the site itself does not know that it is simulated.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from pydantic import ValidationError

from ohmstead.core.model.reasons import Reason
from ohmstead.transport.web_forward import FarSilent
from ohmstead.web.access import TheBench, needs, operation_id
from ohmstead.web.problems import Refused, language_of, told
from ohmstead.web.views.bench import BenchDeed, BenchView
from ohmstead.web.views.site import Problem

router = APIRouter(generate_unique_id_function=operation_id, tags=["bench"])

_PATH = "/bench"


@router.get("/api/v1/bench", dependencies=[needs("viewer")], responses=told(401, 403, 404, 422, 503))
async def get_bench(request: Request, bench: TheBench) -> BenchView:
    """How the simulated building stands; 404 on a real site."""
    return await _asked(request, bench, "GET", None)


@router.post(
    "/api/v1/bench",
    dependencies=[needs("installer")],
    responses=told(400, 401, 403, 404, 409, 411, 413, 415, 422, 503),
)
async def do_at_bench(request: Request, bench: TheBench, deed: Annotated[BenchDeed, Body()]) -> BenchView:
    """Plug, tap, turn or break something there."""
    return await _asked(request, bench, "POST", deed.model_dump_json().encode())


async def _asked(request: Request, bench: TheBench, method: str, body: bytes | None) -> BenchView:
    if bench is None:
        raise Refused(404, Reason("bench.none"))
    try:
        status, answer = await bench.ask(method, _PATH, body, language_of(request.headers))
        if status == 200:
            return BenchView.model_validate_json(answer)
        far = Problem.model_validate_json(answer).error
    except (FarSilent, ValidationError) as error:
        raise Refused(503, Reason("bench.silent"), {"Retry-After": "2"}) from error
    raise Refused(status, Reason(far.key, far.params), mistakes=far.mistakes)
