"""The daemon at one location: wiring, sense loops, the tick, the pilot loops, the door for commands."""
