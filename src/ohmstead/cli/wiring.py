"""``ohmstead wiring``: which transformer fits a circuit, and whether a bus cable that somebody made may be used."""

from typing import Annotated

import typer

from ohmstead.cli.output import plain_errors, unusable

wiring = typer.Typer(help="Choose a transformer, and check a bus cable.", no_args_is_help=True)

CONNECTORS = ("RJ10", "RJ11", "RJ12", "RJ45")


@wiring.command("transformer")
def transformer(
    breaker: Annotated[float, typer.Argument(help="Rating of the circuit's breaker in ampere.")],
    bus_bar: Annotated[bool, typer.Option("--bus-bar", help="A bar, which no split core goes around.")] = False,
    three_phase: Annotated[bool, typer.Option("--new-three-phase", help="Its wires can still be put through.")] = False,
) -> None:
    """Print the smallest transformer for a circuit, with the articles to choose from."""
    from ohmstead.core.commissioning.catalogue import LARGEST_A, fitting, of_kind

    with plain_errors():
        if not 0 < breaker <= LARGEST_A:
            raise unusable("BREAKER", f"{breaker:g}", f"more than 0, and at most {LARGEST_A:g} A")
        found = fitting(breaker, bus_bar=bus_bar, new_three_phase=three_phase)
        for each in found.articles:
            typer.echo(f"{each.number}  {each.name}")
        if found.solid_core:
            (core,) = of_kind("core")
            typer.echo(f"or {core.number}  {core.name}: check its rating in its data sheet")


@wiring.command("cable")
def cable(
    pairs: Annotated[int, typer.Option(min=0, max=50, help="Pairs of wires that are used.")] = 2,
    twisted: Annotated[bool, typer.Option(help="Whether the wires of a pair are twisted.")] = True,
    pin_1_with: Annotated[int, typer.Option(min=2, max=4, help="The pin that shares a pair with pin 1.")] = 4,
    straight: Annotated[bool, typer.Option(help="Pin n to pin n.")] = True,
    impedance: Annotated[float, typer.Option(help="Characteristic impedance in ohm.")] = 100.0,
    awg: Annotated[int, typer.Option(min=0, max=50, help="Gauge of the wires; larger is thinner.")] = 24,
    connector: Annotated[str, typer.Option(help="RJ10, RJ11, RJ12 or RJ45.")] = "RJ10",
) -> None:
    """Name each rule that a bus cable breaks; exit status 1 when it may not be used. Shielded or not, both will do."""
    from ohmstead.core.commissioning.buses import Cable, broken_rules, paired
    from ohmstead.core.model.reasons import Reason
    from ohmstead.texts import word

    with plain_errors():
        if connector not in CONNECTORS:
            raise unusable("--connector", connector, ", ".join(CONNECTORS))
        if not 0 < impedance <= 1000:
            raise unusable("--impedance", f"{impedance:g}", "more than 0, and at most 1000 ohm")
        made = Cable(pairs, twisted, paired(pin_1_with), straight, impedance, awg, connector=connector)
        broken = broken_rules(made)
    for name in broken:
        typer.echo(word(Reason(f"rule.cable.{name}")))
    if broken:
        raise typer.Exit(1)
    typer.echo("The cable may be used.")
