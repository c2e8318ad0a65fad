import type { tables as zh } from "../../zh/settings/tables";

export const tables: typeof zh = {
  title: { people: "Import people from a table", units: "Import units from a table", places: "Import places from a table", beats: "Import beats from a table", shifts: "Import shifts from a table", "duty-times": "Import duty times from a table", parts: "Import parts from a table" },
  hint: {
    people: "CSV (UTF-8 or GB18030) or XLSX; the first line names the columns: id, name, roles, and where given endpoint, language, skills, password. Who is known is changed as the table says; who is not in it stays.",
    units: "CSV (UTF-8 or GB18030) or XLSX; the first line names the columns: unit_id, name, and where given crew, vehicle, department, skills, aliases, addresses, devices (several by semicolons).",
    places: "CSV (UTF-8 or GB18030), XLSX or GeoJSON; columns: name_zh, kind, accuracy_m, source, and where given name_en, districts, aliases, lon, lat, subdistrict, cell, lines. OpenStreetMap files: songhua gazetteer import.",
    beats: "CSV (UTF-8 or GB18030) or XLSX; columns: beat_id, name_zh, cells (ids or first-last, separated by semicolons), and where given name_en, people, units, area_class (A, B, C). Lines of one id add up.",
    shifts: "CSV (UTF-8 or GB18030) or XLSX; columns: unit_id, starts, ends, and where given weekdays (1-5), first, last. The shifts of each unit in the table are replaced; others stay.",
    "duty-times": "CSV (UTF-8 or GB18030) or XLSX; columns: department, user_id, starts, ends, and where given weekdays (1-5), day_kind (all, working, free), first, last, phone. The times of each person in the table are replaced; others stay.",
    parts: "CSV (UTF-8 or GB18030) or XLSX; columns: part_id (16 digits), name, and where given label, owner, authority, maintainer, address, lon, lat, accuracy_m, cell, state, source, note. Parts that are not in the table stay.",
  },
  file: "File",
  take: "Import: {added} to add, {changed} to change",
  leave: "Another file",
  done: "Imported: {added} added, {changed} changed",
  counts: "{encoding}: {added} to add, {changed} to change, {same} as they are, {refused} refused.",
  trial: "This is a trial: nothing is changed yet.",
  refused: "No line is imported until the refused ones are corrected.",
  line: "Line",
  key: "What",
  act: "Result",
  what: "Changes or cause",
  acts: { add: "add", change: "change", same: "same", refused: "refused" },
  more: "{n} more lines are not shown",
  once: "The passwords are told this once; give each to its owner:",
  keep: "Save as a file",
};
