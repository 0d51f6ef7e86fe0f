// Asks for access, waits for the decision, and listens to webhooks meanwhile.
//
//     npm install && npm run build
//     ESECURED_URL=https://esecure.example.com ESECURED_KEY=esk_… npm start ACCOUNT EMAIL
//
// A key for tests (esecured client add NAME --mode test) asks nobody: approve@test.invalid,
// slow-approve+10s@test.invalid, reject@test.invalid, expire@test.invalid.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

type Status = "pending" | "approved" | "rejected" | "expired" | "cancelled";

/** What is read here of a request. Where a rule lets the address through there is no `id`. */
interface AccessRequest {
  id?: string;
  status: Status;
}

interface Event {
  id: string;
  type: string;
  data: { status?: string };
}

interface Page<T> {
  data: T[];
  nextCursor?: string;
}

interface Endpoint {
  id: string;
  secret: string;
}

const url = process.env.ESECURED_URL;
const key = process.env.ESECURED_KEY;

/** One call; tried again where no answer came, which an Idempotency-Key makes safe. */
async function call<T>(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<T> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...more };
  for (let attempt = 1; ; attempt++) {
    let answer: Response;
    try {
      answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    } catch (error) {
      if (attempt === 3) throw error;
      continue;
    }
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

/** Asks once, however often it is sent, and waits until the request is decided or over. */
async function ask(accountNumber: string, email: string): Promise<AccessRequest> {
  const reference = randomUUID();
  const once = { "Idempotency-Key": reference };
  let request = await call<AccessRequest>("POST", "/v1/access-requests", { accountNumber, email, reference }, once);
  while (request.status === "pending") {
    request = await call("GET", `/v1/access-requests/${request.id}`, undefined, { Prefer: "wait=30" });
  }
  return request;
}

/** Everything in a list, page by page. */
async function* pages<T>(path: string): AsyncGenerator<T> {
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page: Page<T> = await call("GET", `${path}?limit=2${cursor && `&cursor=${cursor}`}`);
    yield* page.data;
    cursor = page.data.length > 0 ? page.nextCursor : undefined;
  }
}

/** Takes webhooks; whatever is not signed with our secret is refused. */
class Listener {
  secret = "";
  private readonly seen = new Set<string>();
  private readonly server = createServer((message, response) => void this.hear(message, response));
  readonly closed: Promise<void>;
  private close: () => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => (this.close = resolve));
  }

  /** The port on which it listens. */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async hear(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    let event: Event;
    try {
      const headers = message.headers as Record<string, string>;
      event = new Webhook(this.secret).verify(Buffer.concat(chunks).toString(), headers) as Event;
    } catch {
      response.writeHead(400).end();
      return;
    }
    // Each event may come more than once; its id is the same then.
    if (!this.seen.has(event.id)) {
      this.seen.add(event.id);
      console.log(`verified: ${event.type}`);
      if (event.data.status !== "pending") this.close();
    }
    response.writeHead(204).end();
  }
}

const outcomes: Record<Status, string> = {
  pending: "pending: asked, and not answered yet",
  approved: "approved: ship",
  rejected: "rejected: do not ship",
  expired: "expired: nobody answered, do not ship",
  cancelled: "cancelled: nobody asks any more",
};

async function main(account = "", email = ""): Promise<void> {
  const listener = new Listener();
  // In the real world the listener stands behind https, at an address that is added once.
  const hook = `http://127.0.0.1:${await listener.start()}/esecure`;
  const once = { "Idempotency-Key": hook };
  const endpoint = await call<Endpoint>("POST", "/v1/webhook-endpoints", { url: hook }, once);
  listener.secret = endpoint.secret;

  const decided = await ask(account, email);
  console.log(outcomes[decided.status]);
  // Where a rule lets the address through there is no event about a request.
  if (decided.id) await listener.closed;
  let listed = 0;
  for await (const _ of pages<AccessRequest>("/v1/access-requests")) listed++;
  console.log(`listed: ${listed}`);
  const types: string[] = [];
  for await (const event of pages<Event>("/v1/events")) types.push(event.type);
  console.log(`events: ${types.join(" ")}`);
  await call("DELETE", `/v1/webhook-endpoints/${endpoint.id}`);
  listener.stop();
}

main(...process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
