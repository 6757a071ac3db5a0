"""Texts with which other programs read a link. ``@LINK@`` is the address, ``@KEY@`` what sends the key."""

from __future__ import annotations

PLACEHOLDER = "YOUR_API_KEY"
"""Where the key goes in programs that keep it in the text."""
VARIABLE = "KOBOTUI_TOKEN"
"""The environment variable that scripts take the key from."""

POWER_QUERY_CSV = """\
let
    Source = Csv.Document(Web.Contents("@LINK@"@KEY@),
        [Delimiter = ";", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),
    Data = Table.PromoteHeaders(Source, [PromoteAllScalars = true])
in
    Data
"""
POWER_QUERY_XLSX = """\
let
    Data = Excel.Workbook(Web.Contents("@LINK@"@KEY@), true)
in
    Data
"""
POWER_QUERY_KEY = f', [Headers = [Authorization = "Token {PLACEHOLDER}"]]'

POWER_QUERY_JSON = """\
let
    Page = (start as number) => Json.Document(Web.Contents("@LINK@",
        [Query = [limit = "1000", start = Text.From(start), sort = "{""_id"":1}"]@KEY@])),
    Starts = List.Numbers(0, Number.RoundUp(Page(0)[count] / 1000), 1000),
    Records = List.Combine(List.Transform(Starts, each Page(_)[results])),
    Data = Table.FromList(Records, Splitter.SplitByNothing(), {"record"})
in
    Data
"""
POWER_QUERY_JSON_KEY = f', Headers = [Authorization = "Token {PLACEHOLDER}"]'

SHEETS_FORMULA = """\
=IMPORTDATA("@LINK@"; ";")
"""
SHEETS_SCRIPT = f"""\
function readKobo() {{
  const key = PropertiesService.getScriptProperties().getProperty("{VARIABLE}");
  const reply = UrlFetchApp.fetch("@LINK@", {{headers: {{Authorization: "Token " + key}}}});
  const rows = Utilities.parseCsv(reply.getContentText("UTF-8"), ";");
  const sheet = SpreadsheetApp.getActiveSheet();
  sheet.clearContents();
  sheet.getRange(1, 1, rows.length, rows[0].length).setValues(rows);
}}
"""

CURL_FILE = """\
curl --fail --location@KEY@ --output data.@KIND@ '@LINK@'
"""
CURL_JSON = """\
curl --fail --get@KEY@ '@LINK@' \\
  --data-urlencode 'limit=1000' --data-urlencode 'sort={"_id":1}' \\
  --data-urlencode 'query={"_id":{"$gt":0}}'  # next: greater than the last _id
"""
CURL_KEY = f' --header "Authorization: Token ${VARIABLE}"'

PYTHON_FILE = """\
import io
import os

import pandas
import requests

reply = requests.get("@LINK@"@KEY@, timeout=130)
reply.raise_for_status()
data = @READ@
"""
PYTHON_CSV = 'pandas.read_csv(io.BytesIO(reply.content), sep=";", dtype=str)'
PYTHON_XLSX = "pandas.read_excel(io.BytesIO(reply.content), sheet_name=None, dtype=str)"
PYTHON_JSON = """\
import json
import os

import requests

records, last = [], 0
while True:
    after = json.dumps({"_id": {"$gt": last}})
    params = {"limit": 1000, "sort": json.dumps({"_id": 1}), "query": after}
    reply = requests.get("@LINK@", params=params@KEY@, timeout=130)
    reply.raise_for_status()
    page = reply.json()["results"]
    if not page:
        break
    records += page
    last = page[-1]["_id"]
"""
PYTHON_KEY = f', headers={{"Authorization": "Token " + os.environ["{VARIABLE}"]}}'
PYTHON_IMPORT = "import os\n"

R_FILE = """\
library(httr2)

request("@LINK@") |>
@KEY@  req_perform(path = "data.@KIND@")
data <- @READ@
"""
R_CSV = 'readr::read_delim("data.csv", delim = ";", col_types = readr::cols(.default = "c"))'
R_XLSX = """\
lapply(readxl::excel_sheets("data.xlsx"), \\(sheet) readxl::read_excel("data.xlsx", sheet))"""
R_JSON = """\
library(httr2)

records <- list()
last <- 0
repeat {
  page <- request("@LINK@") |>
  @KEY@  req_url_query(limit = 1000, sort = '{"_id":1}',
                  query = sprintf('{"_id":{"$gt":%.0f}}', last)) |>
    req_perform() |> resp_body_json()
  if (length(page$results) == 0) break
  records <- c(records, page$results)
  last <- page$results[[length(page$results)]][["_id"]]
}
"""
R_KEY = f'  req_headers(Authorization = paste("Token", Sys.getenv("{VARIABLE}"))) |>\n'
