"""Touches: the user's real directories. Holds what lies beside its place until the disk has it, in open directories."""

from __future__ import annotations

from wrapify.box import nodes
from wrapify.box.places import FATAL, Places, Spot
from wrapify.box.steps import Step

BATCH = 5000
"""What is made beside its place before it is synced together: after each sync the disk is slow for a moment."""
HELD = 400
"""Directories that are open meanwhile; a process may have 1024 descriptors."""


class Waiting:
    """Hold new files that lie beside their places. For up to `row` of one directory that is looked up once."""

    def __init__(self, places: Places, *, row: int) -> None:
        self._places = places
        self._files: list[tuple[int, Spot]] = []
        self._held: dict[tuple[int, str], int] = {}
        self._row = row
        self._seen, self._left = -1, 0

    @property
    def is_full(self) -> bool:
        """Tell whether no more should be added."""
        return len(self._files) >= BATCH or len(self._held) >= HELD

    def spot(self, number: int, step: Step) -> Spot:
        """Give the place of a step. Its directory stays open: its path may lead elsewhere by then. Raises OSError."""
        above, _, name = step.path.rpartition("/")
        key = (step.layer, above)
        if key not in self._held:
            self._held[key] = self._places.open(step)
        return Spot(self._held[key], name, self._places.beside(number))

    def add(self, number: int, spot: Spot) -> None:
        """Let what lies beside the place of a step wait."""
        self._files.append((number, spot))

    def take(self) -> list[tuple[int, Spot]]:
        """Give all that waits, and wait for it no more."""
        files, self._files = self._files, []
        return files

    def is_there(self, step: Step, spot: Spot) -> bool:
        """Tell whether the directory of a step is where it was, or was so within the row. Raises OSError if FATAL."""
        if spot.folder != self._seen or not self._left:
            self._seen = -1
            try:
                if not self._places.is_there(step, spot):
                    return False
            except OSError as error:
                if error.errno in FATAL:
                    raise
                return False
            self._seen, self._left = spot.folder, self._row
        self._left -= 1
        return True

    def close(self) -> None:
        """Close the directories."""
        nodes.close(*self._held.values())
        self._held = {}
        self._seen = -1
