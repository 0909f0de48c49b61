"""From the bytes of a file to its rows."""

import io
import zipfile

import pytest

from node.core.spreadsheets import LIMIT_ABOVE, BrokenRow, decode, open_sheet, read_rows
from protocol.errors import Malformed

TEXT = "sku;name\ntour-1;Größe L €\n"


def refusal(content: bytes, charset: str = "") -> str:
    with pytest.raises(Malformed) as caught:
        decode(content, charset)
    assert caught.value.code == "price-list-format"
    return caught.value.detail


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in names:
            packed.writestr(name, "opendocument.spreadsheet" if name == "mimetype" else "x" * 9_000)
    return buffer.getvalue()


class TestDecoding:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
    )
    def test_unicode_shows_what_it_is(self, encoding: str) -> None:
        content = TEXT.encode(encoding)
        if encoding == "utf-32-be":
            content = b"\x00\x00\xfe\xff" + content
        assert decode(content) == TEXT

    @pytest.mark.parametrize(
        ("charset", "encoding"),
        [
            ("windows-1252", "cp1252"),
            ("Windows-1250", "cp1250"),
            ("ISO-8859-15", "iso8859-15"),
            ("macintosh", "mac-roman"),
            ("utf-8", "utf-8"),
            ("UTF-16LE", "utf-16-le"),
        ],
    )
    def test_another_encoding_is_read_if_it_is_named(self, charset: str, encoding: str) -> None:
        assert decode(TEXT.encode(encoding), charset) == TEXT

    def test_a_mark_has_the_last_word(self) -> None:
        assert decode(TEXT.encode("utf-8-sig"), "windows-1252") == TEXT

    def test_what_is_not_utf8_is_told_with_its_line_and_two_ways_out(self) -> None:
        detail = refusal(TEXT.encode("cp1252"))
        assert "not UTF-8: line 2" in detail
        assert "CSV UTF-8" in detail
        assert "--encoding" in detail

    @pytest.mark.parametrize("charset", ["zip", "rot13", "idna", "unicode_escape", "utf-7", "x" * 99])
    def test_no_other_codec_can_be_named(self, charset: str) -> None:
        assert "none that is read here" in refusal(TEXT.encode(), charset)

    def test_bytes_that_an_encoding_does_not_have(self) -> None:
        assert "no CP1252" in refusal(b"\x81", "windows-1252")
        assert "no UTF-16-LE" in refusal(b"\xff\xfe\x00\xd8")

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (archive("docProps/app.xml", "xl/workbook.xml"), "Excel workbook (.xlsx)"),
            (archive("[Content_Types].xml", "customXml/item1.xml"), "Excel workbook (.xlsx)"),
            (archive("mimetype", "content.xml"), "OpenDocument spreadsheet (.ods)"),
            (archive("preview.jpg", "Index/Document.iwa"), "Numbers spreadsheet (.numbers)"),
            (archive("word/document.xml"), ".docx"),
            (archive("a.csv"), ".zip"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "Excel workbook (.xls)"),
            (b"%PDF-1.7\n\xff", "a PDF"),
            (b"\x1f\x8b\x08\x00", ".gz"),
            (b" <!DOCTYPE html><table>", "a web page"),
            (b"<?xml version='1.0'?><Workbook>", "an XML document"),
        ],
    )
    def test_what_is_no_text_is_called_by_its_name(self, content: bytes, name: str) -> None:
        detail = refusal(content)
        assert name in detail
        assert "not UTF-8" not in detail
        assert "CSV UTF-8" in detail


def has_sku(cells: object) -> int:
    return int("sku" in cells) if isinstance(cells, list) else 0


class TestRows:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_separator_is_found(self, delimiter: str) -> None:
        sheet = open_sheet(f"sku{delimiter}name\na{delimiter}A, B; C\n", has_sku)
        assert sheet.delimiter == delimiter
        assert sheet.header.cells == ["sku", "name"]

    def test_where_no_row_looks_like_a_header_the_first_is_taken(self) -> None:
        sheet = open_sheet("\na;b\nc;d\n", has_sku)
        assert (sheet.delimiter, sheet.header.line, sheet.header.cells) == (";", 2, ["a", "b"])
        assert open_sheet("", has_sku).header.cells == []

    def test_rows_above_the_header_are_left_out_up_to_a_limit(self) -> None:
        sheet = open_sheet("Prices\n\nof;May\nsku;name\na;A\n", has_sku)
        assert (sheet.header.line, [row.cells for row in sheet.rows()]) == (4, [["a", "A"]])
        far = "x;y\n" * (LIMIT_ABOVE + 1) + "sku;name\n"
        assert open_sheet(far, has_sku).header.line == 1

    @pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
    def test_a_first_line_may_name_the_separator(self, first: str) -> None:
        sheet = open_sheet(f"{first}\r\nsku;a,b,c\r\n1;2\r\n", has_sku)
        assert sheet.header.cells == ["sku", "a,b,c"]
        assert [(row.line, row.cells) for row in sheet.rows()] == [(3, ["1", "2"])]
        assert open_sheet("sep=\t\nsku\tname\n", has_sku).header.cells == ["sku", "name"]

    def test_a_line_is_counted_as_an_editor_counts(self) -> None:
        lines = ["a,b", "", '"x', 'y",z', ",,", "c,d"]
        assert [(row.line, row.cells) for row in read_rows(lines, ",")] == [
            (1, ["a", "b"]),
            (3, ["x\ny", "z"]),
            (6, ["c", "d"]),
        ]

    def test_a_quote_that_is_left_open(self) -> None:
        sheet = open_sheet('sku,name\n"a,A\nb,B\n', has_sku)
        with pytest.raises(BrokenRow) as caught:
            list(sheet.rows())
        assert caught.value.line == 2
