"""One table of everything a user can do: keys, labels, help, danger, and why it is not possible now.

The footer, the ``?`` help, the palette, the bindings of every screen and the key page of the docs are
made from it. ``verb`` names the screen method that does the thing: ``projects.deploy`` calls
``ProjectsScreen.do_deploy``. No Textual here: the command line reads the table too.
"""

from __future__ import annotations

from collections.abc import Mapping

from kobotui.action import EVERYWHERE, WINDOWS, Action
from kobotui.locale import N_
from kobotui.model.tier import Tier

_TAKES_NO_RECORDS = N_("{name} is archived: the server takes no new or corrected records. Unarchive it first.")
_COPIES_ALL_OR_NONE = N_("The server duplicates records only for who may edit all of them.")
_DEPLOYED = frozenset({"deployed"})
_ARCHIVED = frozenset({"archived"})


def _list_actions(screen: str) -> tuple[Action, ...]:
    """What every list with marks can do."""
    return (
        Action(
            f"{screen}.filter", "slash", N_("filter"), N_("Show only the lines that match what you type"), asks=True
        ),
        Action(f"{screen}.mark", "space", N_("mark"), N_("Mark or unmark the line under the cursor"), footer=False),
        Action(
            f"{screen}.mark_range", "V", N_("range"), N_("Mark from the last marked line to the cursor"), footer=False
        ),
        Action(f"{screen}.mark_all", "asterisk", N_("mark all"), N_("Mark all that the filter shows"), footer=False),
        Action(f"{screen}.unmark_all", "u", N_("unmark all"), N_("Unmark everything"), footer=False),
        Action(f"{screen}.sort", "S", N_("sort"), N_("Sort by a column"), footer=False),
    )


def _project_actions(screen: str) -> tuple[Action, ...]:
    """What can be done to a project wherever one is shown."""
    return (
        Action(f"{screen}.deploy", "d", N_("deploy"), N_("Deploy, or redeploy with the newest version of the form"),
               Tier.REVERSIBLE, needs="change_asset", target=True),
        Action(f"{screen}.archive", "a", N_("archive"), N_("Archive: records stay readable, new ones are refused"),
               Tier.REVERSIBLE, needs="change_asset", status=_DEPLOYED, target=True),
        Action(f"{screen}.unarchive", "A", N_("unarchive"), N_("Unarchive: take new records again"),
               Tier.REVERSIBLE, needs="change_asset", status=_ARCHIVED, target=True, footer=False),
        Action(f"{screen}.clone", "c", N_("clone"), N_("Clone: a new draft with the same form and settings"),
               Tier.REVERSIBLE, needs="view_asset", target=True),
        Action(f"{screen}.edit", "e", N_("edit"), N_("Edit name, description, sector, country and tags"),
               Tier.REVERSIBLE, needs="change_asset", target=True),
        Action(f"{screen}.replace_form", "R", N_("replace form"), N_("Replace the form by an XLSForm"),
               Tier.DESTRUCTIVE, needs="change_asset", target=True, footer=False),
        Action(f"{screen}.download_form", "f", N_("form file"), N_("Download the form as XLSForm or XML"),
               needs="view_asset", target=True, footer=False),
        Action(f"{screen}.delete", "D", N_("delete"), N_("Delete the project and its data"),
               Tier.BULK, needs="delete_asset", target=True, footer=False),
    )  # fmt: skip


def _place_actions(screen: str) -> tuple[Action, ...]:
    """Moving between the places of one project, in the order of the web interface."""
    return (
        Action(f"{screen}.summary", "1", N_("SUMMARY"), N_("Facts and submissions per day"), footer=False),
        Action(f"{screen}.form", "2", N_("FORM"), N_("Questions and versions of the form"), footer=False),
        Action(f"{screen}.data", "3", N_("DATA"), N_("The table of submissions"), footer=False),
        Action(f"{screen}.general", "4", N_("SETTINGS"), N_("Name, description, sector, country, tags"), footer=False),
        Action(f"{screen}.sharing", "5", N_("Sharing"), N_("Who may do what on this project"), footer=False),
        Action(
            f"{screen}.exports", "6", N_("Exports"), N_("Exports of the data, and the files of records"), footer=False
        ),
        Action(f"{screen}.activity", "7", N_("Activity"), N_("Who did what on this project"), footer=False),
        Action(f"{screen}.next_place", "tab", N_("next place"), N_("The next place of this project"), footer=False),
        Action(f"{screen}.previous_place", "shift+tab", N_("previous place"), N_("The place before"), footer=False),
    )


def _report(screen: str) -> Action:
    return Action(f"{screen}.report", "b", N_("report"), N_("Counts and bars for each question, of the records that the filter shows"),
                  needs="view_submissions", footer=False)  # fmt: skip


def _bring_in(screen: str) -> Action:
    """Records from a file, wherever those of one project are shown."""
    return Action(
        f"{screen}.bring_in",
        "I",
        N_("bring in"),
        N_("Records from CSV or XLSX, new ones or an edited export; or an empty table for them"),
        Tier.REVERSIBLE,
        footer=False,
    )


def _job_actions(screen: str) -> tuple[Action, ...]:
    """What can be done with a job, in the list of jobs and in one of them."""
    return (
        Action(f"{screen}.pause", "p", N_("pause"), N_("Begin no further step, or go on"), target=True),
        Action(f"{screen}.stop", "S", N_("stop"), N_("Stop after the step that is being done, here or in another kobotui"), target=True),
        Action(f"{screen}.retry", "f", N_("retry failed"), N_("Review once more what failed, alone"), Tier.REVERSIBLE, target=True),
        Action(f"{screen}.undo", "z", N_("undo"), N_("Take this job back, after a review of what that changes"), Tier.REVERSIBLE, target=True),
        Action(f"{screen}.go_on", "c", N_("go on"), N_("Go on with what is open; what is in doubt is asked of the server first"), Tier.REVERSIBLE, target=True),
        Action(f"{screen}.rebase", "b", N_("rebase"), N_("Conflicts: make the same difference to what is there now"), Tier.REVERSIBLE, target=True, footer=False),
        Action(f"{screen}.force", "F", N_("force"), N_("Conflicts: make it exactly what was wanted, over what others did"), Tier.DESTRUCTIVE, target=True, footer=False),
        Action(f"{screen}.save", "x", N_("save as CSV"), N_("Save what became of each change as CSV"), target=True, footer=False),
        Action(f"{screen}.give_up", "X", N_("give up"), N_("Leave an unfinished job as it is; it is not asked about any more"), target=True, footer=False),
    )  # fmt: skip


def _log_actions(
    screen: str, narrow: str = N_("Ask the server for one kind of action, one person, some days")
) -> tuple[Action, ...]:
    """What every list of what happened can do."""
    return (
        Action(
            f"{screen}.filter", "slash", N_("filter"), N_("Show only the lines that match what you type"), asks=True
        ),
        Action(f"{screen}.narrow", "F", N_("narrow"), narrow),
        Action(
            f"{screen}.save",
            "x",
            N_("save as CSV"),
            N_("Save all entries that the server's filters let through as CSV"),
        ),
    )


ACTIONS: tuple[Action, ...] = (
    # Everywhere
    Action("everywhere.back", "escape,backspace", N_("back"), N_("Back to where you came from; never loses typed text"), footer=False),
    Action("everywhere.go_to", "colon", N_("go to"), N_("Go to a screen, a project by UID, name or web address"), footer=False, asks=True),
    Action("everywhere.help", "question_mark", N_("help"), N_("All keys of this screen")),
    Action("everywhere.palette", "ctrl+p", N_("palette"), N_("Every action by name"), footer=False),
    Action("everywhere.copy", "y", N_("copy"), N_("Copy UID, link, JSON or a curl command"), footer=False),
    Action("everywhere.raw", "o", N_("raw"), N_("What the server sent, as JSON"), footer=False),
    Action("everywhere.refresh", "r", N_("refresh"), N_("Ask the server again"), footer=False),
    Action("everywhere.undo", "z", N_("undo"), N_("Take back the last plan, after a review of what that changes"), Tier.REVERSIBLE, footer=False),
    Action("everywhere.jobs", "J", N_("jobs"), N_("Running and finished jobs"), footer=False),
    Action("everywhere.projects", "", N_("projects"), N_("The list of all projects"), footer=False),
    Action("everywhere.access", "", N_("access"), N_("Who may do what, on all projects"), footer=False),
    Action("everywhere.history", "", N_("history"), N_("Who did what, on all projects you manage"), footer=False),
    Action("everywhere.access_log", "", N_("access log"), N_("When and from where this account was used"), footer=False),
    Action("everywhere.deployments", "", N_("deployments"), N_("All projects, draft against deployed"), footer=False),
    Action("everywhere.accounts", "", N_("accounts"), N_("Accounts: add, test, switch, remove"), footer=False),
    Action("everywhere.details", "exclamation_mark", N_("details"), N_("Details of the last error"), footer=False),
    Action("everywhere.repaint", "ctrl+l", N_("repaint"), N_("Paint the screen anew, over what other programs wrote on it"), footer=False),
    Action("everywhere.quit", "q", N_("quit"), N_("Quit; asks when jobs are running"), footer=False),
    # The first screen without an account
    Action("start.open", "enter", N_("choose"), N_("Do what the line says")),
    # Accounts
    Action("accounts.open", "enter", N_("open"), N_("Work with this account"), target=True),
    Action("accounts.add", "a", N_("add"), N_("Log in to a server and save the account")),
    Action("accounts.test", "t", N_("test"), N_("Ask the server who this account is"), target=True),
    Action("accounts.read_only", "R", N_("read only"), N_("Allow or refuse changes with this account"), target=True),
    Action("accounts.production", "P", N_("production"), N_("Mark as production: changes ask for a typed number"), target=True),
    Action("accounts.access_log", "L", N_("access log"), N_("When and from where the account in use was used"), footer=False),
    Action("accounts.remove", "D", N_("remove"), N_("Forget this account and its key on this machine"), target=True),
    Action("login.open", "enter", N_("answer"), N_("Answer the question under the cursor, and those after it")),
    Action("login.save", "s", N_("save"), N_("Save the account, once every question has an answer")),
    # Projects
    Action("projects.open", "enter", N_("open"), N_("Open the project under the cursor"), target=True),
    *_project_actions("projects"),
    *_list_actions("projects"),
    Action("projects.new", "n", N_("new"), N_("New project from an XLSForm: a path or an address"), Tier.REVERSIBLE, footer=False),
    Action("projects.sharing", "s", N_("sharing"), N_("Who may do what on this project"), target=True),
    Action("projects.exports", "x", N_("exports"), N_("Exports of the project under the cursor; of marked ones: into a folder"), needs="view_submissions", target=True, footer=False),
    Action("projects.old_links", "", N_("old links"), N_("Links to the removed version 1 of the API, in the project under the cursor or the marked ones"), target=True, footer=False),
    Action("projects.access", "w", N_("access"), N_("Who may do what: on the marked projects, or on all"), footer=False),
    Action("projects.history", "H", N_("history"), N_("Who did what: on the marked projects, or on all"), footer=False),
    Action("projects.panel", "p", N_("panel"), N_("Show or hide the side panel"), footer=False),
    Action("projects.mark_list", "M", N_("mark list"), N_("Mark a pasted list or a file of UIDs, addresses or names"), footer=False),
    Action("projects.search", "F", N_("search server"), N_("Search on the server, in KoboToolbox's query language"), footer=False, asks=True),
    # One project
    *_place_actions("summary"),
    *_project_actions("summary"),
    _report("summary"),
    _bring_in("summary"),
    Action("summary.counts", "v", N_("checked"), N_("How far the records are checked, by who sent them; reads the status of each"), target=True, footer=False),
    Action("counts.open", "enter", N_("records"), N_("The records of this sender that have no status"), target=True),
    Action("counts.save", "x", N_("save as CSV"), N_("Save these lines as CSV"), target=True),
    *_place_actions("form"),
    Action("form.open", "enter", N_("question"), N_("The question in full: languages, hint, conditions, choices"), target=True),
    Action("form.language", "L", N_("language"), N_("The language labels are shown in")),
    Action("form.names", "N", N_("names"), N_("Show names instead of labels, or labels again")),
    Action("form.versions", "v", N_("versions"), N_("The versions of this form, newest first")),
    Action("form.deploy", "d", N_("deploy"), N_("Deploy, or redeploy with the newest version of the form"),
           Tier.REVERSIBLE, needs="change_asset", target=True),
    Action("form.replace_form", "R", N_("replace form"), N_("Replace the form by an XLSForm"),
           Tier.DESTRUCTIVE, needs="change_asset", target=True),
    Action("form.download_form", "f", N_("form file"), N_("Download the form as XLSForm or XML"), needs="view_asset", target=True),
    *_place_actions("general"),
    Action("general.edit", "enter,e", N_("edit"), N_("Edit the line under the cursor"), Tier.REVERSIBLE, needs="change_asset", target=True),
    # Submissions
    *_place_actions("data"),
    Action("data.open", "enter", N_("record"), N_("Open the record under the cursor"), target=True),
    Action("data.edit", "e", N_("correct"), N_("Correct the answer under the cursor, on all marked records if there are any"),
           Tier.REVERSIBLE, needs="change_submissions", archived=_TAKES_NO_RECORDS, target=True),
    Action("data.replace", "R", N_("replace"), N_("Find and replace in the answer under the cursor, on all marked records if there are any"),
           Tier.REVERSIBLE, needs="change_submissions", archived=_TAKES_NO_RECORDS, target=True, footer=False),
    Action("data.text", "E", N_("as text"), N_("Correct the record as text, in your own editor; of marked records what they have in common"),
           Tier.REVERSIBLE, needs="change_submissions", archived=_TAKES_NO_RECORDS, target=True, footer=False),
    Action("data.duplicate", "c", N_("duplicate"), N_("Duplicate the record"), Tier.REVERSIBLE, needs="change_submissions",
           archived=_TAKES_NO_RECORDS, limited=_COPIES_ALL_OR_NONE, target=True, footer=False),
    Action("data.validate", "v", N_("status"), N_("Set the validation status: v, then a approved, n not approved, h on hold, - none; then the next record"), Tier.REVERSIBLE, needs="validate_submissions", target=True),
    _bring_in("data"),
    Action("data.delete", "D", N_("delete"), N_("Delete records; their number is typed first"), Tier.BULK, needs="delete_submissions", target=True),
    *_list_actions("data"),
    Action("data.jump", "number_sign", N_("row or id"), N_("Go to a row by its number, or to a record by # and its id or by its uuid"), footer=False, asks=True),
    Action("data.filters", "F", N_("filters"), N_("Filters with a name: use one, save the one that is shown, rename, delete"), footer=False),
    Action("data.language", "L", N_("labels"), N_("The language labels are shown in")),
    Action("data.names", "N", N_("names"), N_("Show names instead of labels, or labels again"), footer=False),
    Action("data.export", "x", N_("export"), N_("Export the marked records, or all that the filter shows"), needs="view_submissions", footer=False),
    _report("data"),
    Action("data.same", "W", N_("same records"), N_("Find records that are there more than once, and keep one of them"), footer=False),
    Action("data.download", "f", N_("files"), N_("Download the files of the record, of the marked records, or of all that the filter shows"), needs="view_submissions", target=True, footer=False),
    Action("data.columns", "C", N_("columns"), N_("Which columns are shown, in which order, which stay at the left")),
    # Its columns
    Action("columns.open", "enter", N_("go to"), N_("Back to the table, into this column"), target=True),
    Action("columns.mark", "space", N_("show"), N_("Show or hide the column under the cursor"), target=True),
    Action("columns.earlier", "minus", N_("to the left"), N_("Move the column to the left"), target=True),
    Action("columns.later", "plus", N_("to the right"), N_("Move the column to the right"), target=True),
    Action("columns.freeze", "f", N_("freeze"), N_("All columns up to this one stay at the left; again: none does"), target=True),
    Action("columns.groups", "H", N_("groups"), N_("The groups of questions above the headings, or not")),
    Action("columns.filter", "slash", N_("filter"), N_("Show only the lines that match what you type"), asks=True),
    Action("columns.mark_range", "V", N_("range"), N_("Show all columns from the first V to the second"), footer=False),
    Action("columns.mark_all", "asterisk", N_("show all"), N_("Show all columns that the filter shows"), footer=False),
    Action("columns.unmark_all", "u", N_("hide all"), N_("Hide all columns that the filter shows"), footer=False),
    Action("columns.reset", "X", N_("reset"), N_("All columns, as the form has them"), footer=False),
    # Same records
    Action("same.open", "enter", N_("compare"), N_("The records of the group side by side"), target=True),
    Action("same.keep", "K", N_("keep this"), N_("Keep this record, delete the others of its group"), Tier.BULK, needs="delete_submissions", target=True),
    Action("same.delete", "D", N_("delete"), N_("Delete the marked records, or the one under the cursor"), Tier.BULK, needs="delete_submissions", target=True),
    Action("same.mark", "space", N_("mark"), N_("Mark or unmark a record, and go on"), footer=False),
    Action("same.mark_rest", "m", N_("mark all but one"), N_("Mark all but one record of every group: the oldest, the newest, an approved one")),
    Action("same.unmark_all", "u", N_("unmark all"), N_("Unmark everything"), footer=False),
    Action("compare.open", "enter", N_("record"), N_("The record of this column, in full"), target=True),
    Action("compare.keep", "K", N_("keep this"), N_("Keep the record of this column, delete the others"), Tier.BULK, needs="delete_submissions", target=True),
    Action("compare.pivot", "t", N_("only different"), N_("Show only what differs, or everything again")),
    # One record
    Action("record.edit", "enter,e", N_("correct"), N_("Correct the answer under the cursor"),
           Tier.REVERSIBLE, needs="change_submissions", archived=_TAKES_NO_RECORDS, target=True),
    Action("record.replace", "R", N_("replace"), N_("Find and replace in the answer under the cursor"),
           Tier.REVERSIBLE, needs="change_submissions", archived=_TAKES_NO_RECORDS, target=True, footer=False),
    Action("record.text", "E", N_("as text"), N_("Correct the record as text, in your own editor: instances of repeats, too"),
           Tier.REVERSIBLE, needs="change_submissions", archived=_TAKES_NO_RECORDS, target=True, footer=False),
    Action("record.validate", "v", N_("status"), N_("Set the validation status: v, then a approved, n not approved, h on hold, - none; then the next record"), Tier.REVERSIBLE, needs="validate_submissions", target=True),
    Action("record.next", "n", N_("next"), N_("The next record")),
    Action("record.previous", "p", N_("previous"), N_("The record before")),
    Action("record.duplicate", "c", N_("duplicate"), N_("Duplicate the record"), Tier.REVERSIBLE, needs="change_submissions",
           archived=_TAKES_NO_RECORDS, limited=_COPIES_ALL_OR_NONE, target=True, footer=False),
    Action("record.files", "a", N_("files"), N_("The files of the record: type, size, photos"), target=True),
    Action("record.web", "w", N_("in browser"), N_("The link to look at the record, or to edit it, in a browser"), target=True, footer=False),
    Action("record.download", "f", N_("download files"), N_("Download the files of the record"), needs="view_submissions", target=True, footer=False),
    Action("record.delete", "D", N_("delete"), N_("Delete records; their number is typed first"), Tier.BULK, needs="delete_submissions", target=True, footer=False),
    Action("record.language", "L", N_("labels"), N_("The language labels are shown in"), footer=False),
    Action("record.names", "N", N_("names"), N_("Show names instead of labels, or labels again"), footer=False),
    # Its files
    Action("files.open", "enter", N_("photo"), N_("Show the photo under the cursor here, where the terminal can"), target=True),
    Action("files.download", "f", N_("download"), N_("Download the files of the record"), needs="view_submissions", target=True),
    # Sharing
    *_place_actions("sharing"),
    Action("sharing.toggle", "space", N_("toggle"), N_("Grant or take away the right under the cursor"), Tier.REVERSIBLE, needs="manage_asset", target=True),
    Action("sharing.role", "R", N_("role"), N_("Give the rights of a role"), Tier.REVERSIBLE, needs="manage_asset", target=True),
    Action("sharing.rule", "w", N_("row rule"), N_("Limit rights to some records: conditions, who sent them"), Tier.REVERSIBLE, needs="manage_asset", target=True),
    Action("sharing.add", "a", N_("add user"), N_("Add a user; the name is checked on the server"), Tier.REVERSIBLE, needs="manage_asset", target=True, asks=True),
    Action("sharing.remove", "D", N_("remove"), N_("Remove the user from this project"), Tier.REVERSIBLE, needs="manage_asset", target=True),
    Action("sharing.reset", "X", N_("reset"), N_("Drop the pending changes"), footer=False),
    Action("sharing.review", "enter", N_("review"), N_("Review the pending changes"), Tier.REVERSIBLE, needs="manage_asset", target=True),
    # The editor of a row rule, a window over Sharing and Access
    Action("rule.add", "a", N_("and"), N_("One more condition that the same records must meet")),
    Action("rule.add_alternative", "n", N_("or"), N_("Other records besides, by a condition of their own")),
    Action("rule.edit", "enter,e", N_("change"), N_("Change the condition under the cursor")),
    Action("rule.remove", "D", N_("remove"), N_("Take the condition under the cursor out; the last one takes its records with it")),
    Action("rule.toggle", "space", N_("right"), N_("Give the right under the cursor for the records of this line, or take it away")),
    Action("rule.as_text", "t", N_("text"), N_("Edit the whole rule as text")),
    Action("rule.preview", "p", N_("preview"), N_("What somebody would see by this rule: how many records, and the first of them")),
    Action("rule.accept", "s", N_("accept"), N_("This is the rule; it is pending until it is reviewed")),
    Action("rule.help", "question_mark", N_("help"), N_("All keys of this window")),
    Action("rule.back", "escape", N_("leave"), N_("Leave without the rule; asks once when it was changed")),
    # Exports
    *_place_actions("exports"),
    Action("exports.open", "enter", N_("download"), N_("Download the export under the cursor"), needs="view_submissions"),
    Action("exports.new", "n", N_("new"), N_("A new export: made here, or by the server; or the files of records"), needs="view_submissions"),
    Action("exports.links", "L", N_("links"), N_("Named exports, links for other programs, and texts to paste there"), needs="view_submissions"),
    Action("exports.remove", "D", N_("delete"), N_("Delete the export under the cursor on the server"), Tier.DESTRUCTIVE),
    # Links for other programs
    Action("links.open", "enter", N_("text"), N_("The text with which a program reads the link under the cursor"), target=True),
    Action("links.new", "n", N_("new"), N_("A new named export, with links of its own"), Tier.REVERSIBLE, needs="manage_asset"),
    Action("links.edit", "e", N_("edit"), N_("Another name or other options for the named export"), Tier.REVERSIBLE, needs="manage_asset", target=True),
    Action("links.test", "t", N_("test"), N_("Read the link as its consumer would: how long, how many rows"), target=True),
    Action("links.old_links", "v", N_("old links"), N_("What in this project still points at the removed version 1 of the API")),
    Action("links.remove", "D", N_("delete"), N_("Delete the named export: its links stop working"), Tier.DESTRUCTIVE, needs="manage_asset", target=True),
    Action("old_links.open", "enter", N_("project"), N_("Open the project that the line is about"), target=True),
    # Report
    Action("report.open", "enter", N_("all answers"), N_("Every answer to the question under the cursor, and how often"), target=True),
    Action("report.filter", "slash", N_("filter"), N_("Count only the records that match, as in DATA"), asks=True),
    Action("report.language", "L", N_("labels"), N_("The language labels are shown in"), footer=False),
    # Access, all projects
    Action("access.review", "enter", N_("review"), N_("Review the pending changes"), Tier.REVERSIBLE, target=True),
    Action("access.role", "R", N_("role"), N_("Give the rights of a role in the marked cells"), Tier.REVERSIBLE, target=True),
    Action("access.rule", "w", N_("row rule"), N_("Limit rights to some records in the marked cells"), Tier.REVERSIBLE, target=True),
    Action("access.grant", "a", N_("grant"), N_("Grant one right in the marked cells"), Tier.REVERSIBLE, target=True),
    Action("access.revoke", "d", N_("take away"), N_("Take one right away in the marked cells"), Tier.REVERSIBLE, target=True, footer=False),
    Action("access.remove", "D", N_("remove"), N_("Take everything away in the marked cells"), Tier.REVERSIBLE, target=True),
    Action("access.add_user", "n", N_("add user"), N_("Give users, new ones too, a role on the marked projects"), Tier.REVERSIBLE, target=True),
    Action("access.copy_rights", "c", N_("copy rights to"), N_("Give other users the rights of this one"), Tier.REVERSIBLE, target=True),
    Action("access.replace_user", "P", N_("replace user"), N_("Put another user in the place of this one, in row rules too"), Tier.REVERSIBLE, target=True, footer=False),
    Action("access.remove_user", "X", N_("remove everywhere"), N_("Take the user off all projects, or off the marked ones"), Tier.REVERSIBLE, target=True, footer=False),
    Action("access.copy_team", "T", N_("copy team"), N_("Give the team of this project to the marked projects"), Tier.REVERSIBLE, target=True, footer=False),
    Action("access.repair", "p", N_("repair public"), N_("Bring the form's own switch into line with the public's rights"), Tier.REVERSIBLE, target=True, footer=False),
    Action("access.file", "F", N_("file"), N_("Write the matrix to CSV or XLSX, or read an edited file back"), target=True, footer=False),
    Action("access.audit", "A", N_("audit"), N_("Public access, who can delete or manage, who is gone, who is alone"), target=True, footer=False),
    Action("access.next_account", "N", N_("next account"), N_("The same of the next account: one after the other, all that you have"), footer=False),
    Action("access.history", "H", N_("history"), N_("Who did what on the projects shown"), target=True, footer=False),
    Action("access.access_log", "L", N_("access log"), N_("When and from where this account was used"), footer=False),
    Action("access.reset", "Z", N_("reset"), N_("Drop what is pending in the marked cells, or all of it"), footer=False),
    Action("access.pivot", "t", N_("pivot"), N_("Lines are users in place of projects, or projects again")),
    Action("access.filter", "slash", N_("filter"), N_("Show only what matches: words, user: role: right: can: status: owner: outside: public"), asks=True),
    Action("access.mark", "space", N_("mark"), N_("Mark or unmark the cell, in the first column the line"), footer=False),
    Action("access.mark_range", "V", N_("range"), N_("Mark a block, from the first V to the second"), footer=False),
    Action("access.mark_all", "asterisk", N_("mark all"), N_("Mark all cells that the filter shows"), footer=False),
    Action("access.mark_column", "m", N_("mark column"), N_("Mark the whole column"), footer=False),
    Action("access.unmark_all", "u", N_("unmark all"), N_("Unmark everything"), footer=False),
    # Audit
    Action("audit.open", "enter", N_("sharing"), N_("Sharing of the project under the cursor"), target=True),
    Action("audit.save", "x", N_("save as CSV"), N_("Save all findings as CSV"), target=True),
    Action("audit.history", "H", N_("history"), N_("Who did what on these projects")),
    Action("audit.access_log", "L", N_("access log"), N_("When and from where this account was used")),
    # History of many projects, and the account's access log
    Action("history.open", "enter", N_("activity"), N_("Activity of the project under the cursor"), target=True),
    *_log_actions("history"),
    *_log_actions("access-log", N_("Ask the server for some days only")),
    # Activity
    *_place_actions("activity"),
    *_log_actions("activity"),
    # Deployments
    Action("deployments.open", "enter", N_("open"), N_("Open the project under the cursor"), target=True),
    Action("deployments.deploy", "d", N_("deploy"), N_("Deploy, or redeploy with the newest version of the form"),
           Tier.REVERSIBLE, needs="change_asset", target=True),
    Action("deployments.archive", "a", N_("archive"), N_("Archive: records stay readable, new ones are refused"),
           Tier.REVERSIBLE, needs="change_asset", status=_DEPLOYED, target=True),
    Action("deployments.unarchive", "A", N_("unarchive"), N_("Unarchive: take new records again"),
           Tier.REVERSIBLE, needs="change_asset", status=_ARCHIVED, target=True),
    *_list_actions("deployments"),
    # Records from a file
    Action("bring_in.review", "enter", N_("review"), N_("Review all of it; nothing is sent before that")),
    # Review and jobs
    Action("review.apply", "a", N_("apply"), N_("Do all of this")),
    Action("review.drop", "x", N_("drop line"), N_("Take the line under the cursor out of the plan, on a heading all below it")),
    Action("review.write", "F", N_("write plan file"), N_("Write the plan into a file, for kobotui apply")),
    Action("review.warnings", "w", N_("only warnings"), N_("Show the warnings alone, or everything again")),
    Action("review.pivot", "t", N_("by user"), N_("Group by the user whose access changes, or by project again")),
    Action("jobs.open", "enter", N_("details"), N_("What became of each change"), target=True),
    *_job_actions("jobs"),
    Action("outcomes.open", "enter", N_("details"), N_("Everything known of the change under the cursor"), target=True),
    Action("outcomes.pivot", "t", N_("only open"), N_("Show only what was not done, or everything again")),
    *_job_actions("outcomes"),
)  # fmt: skip

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def actions_of(screen: str) -> tuple[Action, ...]:
    """The actions of a screen, its own first, then those of every screen; of a window its own alone."""
    own = tuple(a for a in ACTIONS if a.screen == screen)
    if screen in WINDOWS:
        return own
    verbs = {a.verb for a in own}
    return own + tuple(a for a in ACTIONS if a.screen == EVERYWHERE and a.verb not in verbs)
