"""What is put first: a place that runs something, unless the whole project around it is as new as the place."""

from __future__ import annotations

from tests.unit.box.test_rows import change, folder
from wrapify.box.model import Change, ChangeKind
from wrapify.box.weight import project_reasons, weighed

TABLE = {
    "home": {".zshrc": "runs whenever zsh starts"},
    "anywhere": {"Makefile": "runs when you type make here", ".git/hooks/": "runs when you use git"},
}


def reason(change: Change) -> str:
    name = change.path.rpartition("/")[2]
    if "/hooks" in change.path and not name.endswith(".sample"):
        return "runs when you use git"
    if change.path.startswith("/h/zsh"):
        return "runs whenever zsh starts"
    return {"Makefile": "runs when you type make here", ".zshrc": "runs whenever zsh starts"}.get(name, "")


def marked(*changes: Change) -> list[str]:
    return [one.path for one in weighed(changes, reason, project=project_reasons(TABLE)) if one.matters]


def test_a_makefile_of_a_new_project_is_no_news_and_any_other_is() -> None:
    assert marked(folder("/h/p"), change("/h/p/Makefile")) == []
    assert marked(change("/h/p/Makefile")) == ["/h/p/Makefile"]
    assert marked(change("/h/p/Makefile", ChangeKind.MODIFIED)) == ["/h/p/Makefile"]


def test_start_up_files_and_hooks_are_news_anywhere() -> None:
    new = [folder("/h/p"), change("/h/p/.zshrc"), folder("/h/p/.git"), folder("/h/p/.git/hooks")]
    assert marked(*new, change("/h/p/.git/hooks/post-checkout")) == [
        "/h/p/.zshrc", "/h/p/.git/hooks", "/h/p/.git/hooks/post-checkout",
    ]  # fmt: skip


def test_a_new_directory_matters_only_with_what_is_in_it() -> None:
    assert marked(folder("/h/p"), folder("/h/p/.git/hooks"), change("/h/p/.git/hooks/x.sample")) == []
    assert marked(folder("/h/zsh"), folder("/h/zsh/a"), change("/h/zsh/a/f")) == ["/h/zsh", "/h/zsh/a", "/h/zsh/a/f"]
    assert marked(folder("/h/zsh")) == []
