"""Workbooks made of raw XML, as no program would write them."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">%s<sheets>%s</sheets></workbook>'
SHEET = '<sheet name="One" sheetId="1" r:id="rId1"/>'
RELATIONS = "<Relationships>%s</Relationships>"
RELATION = '<Relationship Id="rId{n}" Type="{of}/{kind}" Target="{target}"/>'
TEXTS, STYLES = "sharedStrings.xml", "styles.xml"
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'


def part(target, kind, n):
    return RELATION.format(n=n, of=OFFICE, kind=kind, target=target)


def packed(rows, *, texts="", styles="", book=BOOK % ("", SHEET), relations="", method=8, **parts):
    """The bytes of a workbook of one sheet, whatever stands in its parts."""
    related = part("worksheets/sheet1.xml", "worksheet", 1)
    related += part(TEXTS, "sharedStrings", 2) if texts else ""
    related += part(STYLES, "styles", 3) if styles else ""
    named = {
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": RELATIONS % (related + relations),
        "xl/worksheets/sheet1.xml": rows if rows.startswith("<!DOCTYPE") else sheet(rows),
        f"xl/{TEXTS}": texts,
        f"xl/{STYLES}": styles,
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in named.items():
            if text:
                archive.writestr(name, text)
    return out.getvalue()


def sheet(rows):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def shared(*texts):
    return f'<sst xmlns="{MAIN}">{"".join(texts)}</sst>'


def row(cells):
    return f'{HEAD}<row r="2">{cells}</row>'


def many(count, made):
    return "".join(made(n) for n in range(count))
