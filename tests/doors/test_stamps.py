"""A stamp tells whether what was made is still made from the same content."""

from doors import stamps


def test_a_change_of_content_name_or_mode_changes_the_digest(tmp_path):
    file = tmp_path / "ui" / "a.ts"
    file.parent.mkdir()
    file.write_text("one", encoding="utf-8")
    digests = [stamps.digest([tmp_path])]
    file.write_text("two", encoding="utf-8")
    digests.append(stamps.digest([tmp_path]))
    file.chmod(0o755)
    digests.append(stamps.digest([tmp_path]))
    file.rename(file.with_name("b.ts"))
    digests.append(stamps.digest([tmp_path]))
    assert len(set(digests)) == 4


def test_built_folders_do_not_count(tmp_path):
    (tmp_path / "a.ts").write_text("one", encoding="utf-8")
    before = stamps.digest([tmp_path])
    for folder in stamps.BUILT:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_text("made", encoding="utf-8")
    assert stamps.digest([tmp_path]) == before


def test_a_stamp_is_fresh_for_its_own_digest_only(tmp_path):
    stamp = tmp_path / "deep" / "stamp"
    assert not stamps.fresh(stamp, "a")
    stamps.press(stamp, "a")
    assert stamps.fresh(stamp, "a")
    assert not stamps.fresh(stamp, "b")
