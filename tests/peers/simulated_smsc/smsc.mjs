// A simulated SMSC on npm's smpp. It is told what to do by JSON lines on its standard input, and says what it
// sees by JSON lines on its standard output.
import readline from "node:readline";
import smpp from "smpp";

const told = JSON.parse(process.env.SONGHUA_SMSC);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const state = {
  receipts: told.receipts ?? "DELIVRD", // the state that receipts say; "" for none
  status: 0, // the command_status of answers to submit_sm
  times: 0, // for so many of them; then 0
  answers: true, // whether submit_sm is answered
  after: 0, // milliseconds from submit_sm to its answer
};
const sessions = new Set();
let taken = 0;

const server = smpp.createServer({}, (session) => {
  session.on("error", () => {});
  session.on("close", () => sessions.delete(session));
  session.on("bind_transceiver", (pdu) => {
    const good = pdu.system_id === told.system_id && pdu.password === told.password;
    session.send(pdu.response({ command_status: good ? 0 : smpp.ESME_RBINDFAIL, system_id: "smsc" }));
    if (good) sessions.add(session);
    say({ bound: good });
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    say({ unbound: true });
  });
  session.on("deliver_sm_resp", (pdu) => say({ answered: pdu.command_status }));
  session.on("submit_sm", (pdu) => submitted(session, pdu));
});

function submitted(session, pdu) {
  if (state.times > 0) {
    state.times -= 1;
    session.send(pdu.response({ command_status: state.status }));
    say({ refused: state.status });
    return;
  }
  taken += 1;
  const id = String(taken);
  say({
    submitted: id,
    to: pdu.destination_addr,
    from: pdu.source_addr,
    text: words(pdu.short_message ?? {}, pdu.message_payload),
    udh: pdu.short_message?.udh ? Buffer.concat([].concat(pdu.short_message.udh)).toString("hex") : "",
    coding: pdu.data_coding,
    esm: pdu.esm_class,
    valid_h: Math.round((new Date(pdu.validity_period) - Date.now()) / 3_600_000),
    sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum].filter((one) => one !== undefined),
  });
  if (!state.answers) return;
  setTimeout(() => {
    if (session.closed) return;
    session.send(pdu.response({ message_id: id }));
    if (state.receipts) setTimeout(() => receipt(session, id, pdu), 5);
  }, state.after);
}

function words(message, payload) {
  const given = message.message ?? message;
  if (typeof given === "string" && given) return given;
  const more = payload?.message ?? payload;
  return typeof more === "string" ? more : "";
}

function receipt(session, id, pdu) {
  for (const one of session.closed ? sessions : [session]) {
    const again = (answer) => answer.command_status && setTimeout(() => receipt(one, id, pdu), 300);
    one.deliver_sm({
      esm_class: 4,
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      short_message: `id:${id} sub:001 dlvrd:001 submit date:2612010800 done date:2612010801 stat:${state.receipts} err:000 text:`,
    }, again);
    return;
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  if (order.set) Object.assign(state, order.set);
  if (order.drop) for (const one of sessions) one.destroy();
  if (order.deliver) for (const one of sessions) one.deliver_sm(order.deliver);
  if (order.receipt) {
    for (const one of sessions) receipt(one, order.receipt.id, { destination_addr: order.receipt.number, source_addr: "12319" });
  }
  say({ done: order.op });
});
server.on("error", (error) => say({ failed: String(error) }));
server.listen(told.port, "127.0.0.1", () => say({ listening: told.port }));
