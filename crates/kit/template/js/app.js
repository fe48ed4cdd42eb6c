// {name}: customers who spend much are thanked within a week of the order that made them so.
//
// What comes and goes are tables, column by column, as wit/hooks.wit tells. Nothing is kept from one call to the next.

const PRESENT = 0;

// Returns a function from a record's number to a field's value, undefined where it is missing or masked.
function field(frame, name) {
  const column = frame.columns.find((column) => column.name === name);
  if (!column) return () => undefined;
  const { validity, data } = column;
  const isThere = (row) => validity.length === 0 || validity[row] === PRESENT;
  switch (data.tag) {
    case "texts": {
      // Ends are counted in bytes of UTF-8, and a string of JavaScript is none.
      const bytes = new TextEncoder().encode(data.val.bytes);
      const ends = data.val.ends;
      const text = (row) => new TextDecoder().decode(bytes.subarray(row === 0 ? 0 : ends[row - 1], ends[row]));
      return (row) => (isThere(row) ? text(row) : undefined);
    }
    case "categories":
      return (row) => (isThere(row) ? data.val.words[data.val.codes[row]] : undefined);
    case "integers":
      return (row) => (isThere(row) ? Number(data.val[row]) : undefined);
    default:
      return (row) => (isThere(row) ? data.val[row] : undefined);
  }
}

function parameter(context, name) {
  return context.parameters.find((parameter) => parameter.name === name).value.val;
}

function table(name, rows, columns) {
  return { name, rows, columns: columns.map(([name, tag, val, validity]) => ({ name, validity: new Uint8Array(validity ?? []), data: { tag, val } })) };
}

function texts(list) {
  const ends = [];
  let end = 0;
  for (const text of list) ends.push((end += new TextEncoder().encode(text).length));
  return { ends: new Uint32Array(ends), bytes: list.join("") };
}

function same(text, rows) {
  return { codes: new Uint32Array(rows), words: [text] };
}

export const followUp = {
  followUp(context, frame) {
    const from = parameter(context, "from");
    const [order, day, spent, category] = ["last_order_id", "last_order_day", "net_revenue_90d", "top_category"].map((name) =>
      field(frame, name),
    );
    const wanted = [];
    for (let record = 0; record < frame.records; record++) {
      if (order(record) === undefined || day(record) === undefined || (spent(record) ?? 0) < from) continue;
      wanted.push({ record, order: order(record), due: day(record) + 7, spent: spent(record), category: category(record) });
    }
    const rows = wanted.length;
    if (rows === 0) return { tables: [], faults: [] };
    // Two reasons for each plan, and an argument for each of them.
    const each = (make) => wanted.flatMap((plan, row) => make(plan, row));
    const tables = [
      table("follow-ups", rows, [
        ["record", "integers", new BigInt64Array(wanted.map((plan) => BigInt(plan.record)))],
        ["kind", "categories", same("thank-you", rows)],
        ["anchor", "categories", same("fact", rows)],
        ["fact", "texts", texts(wanted.map((plan) => plan.order))],
        ["due", "days", new Int32Array(wanted.map((plan) => plan.due))],
        ["channel", "categories", same("call", rows)],
      ]),
      table("reasons", 2 * rows, [
        ["wish", "integers", new BigInt64Array(each((_, row) => [BigInt(row), BigInt(row)]))],
        ["role", "categories", { codes: new Uint32Array(each(() => [0, 1])), words: ["reason", "action"] }],
        ["code", "categories", { codes: new Uint32Array(each(() => [0, 1])), words: ["SPENT", "THANK"] }],
      ]),
      table("arguments", 2 * rows, [
        ["reason", "integers", new BigInt64Array(each((_, row) => [BigInt(2 * row), BigInt(2 * row + 1)]))],
        ["name", "categories", { codes: new Uint32Array(each(() => [0, 1])), words: ["spent", "category"] }],
        ["decimal", "decimals", new Float64Array(each((plan) => [plan.spent, 0])), each(() => [0, 1])],
        ["text", "texts", texts(each((plan) => ["", plan.category ?? ""])), each((plan) => [1, plan.category === undefined ? 1 : 0])],
      ]),
    ];
    return { tables, faults: [] };
  },
};
