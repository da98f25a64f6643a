// Uploads with progress. Small files go with the form; large ones are sent before, in parts, so that a broken
// connection or a closed tab costs one part at most. Without this file the form sends everything at once.
const form = document.querySelector("[data-upload]");
const input = form.querySelector("input[type=file]");
const list = form.querySelector("[data-list]");
const status = form.querySelector("[data-status]");
const row = form.querySelector("template[data-row]");
const say = form.querySelector("template[data-texts]").dataset;
const address = form.dataset.upload;
const inForm = Number(form.dataset.inForm);
const MOST_IN_FORM = 100;
const ATTEMPTS = 8;
const stopper = form.querySelector("[data-stop]");
let chosen = [];
let busy = false;
let committed = false;
let stop = () => {};

const size = (bytes) => {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < 4; unit += 1) bytes /= 1000;
  return `${bytes.toLocaleString(document.documentElement.lang, { maximumFractionDigits: unit ? 1 : 0 })} ${units[unit]}`;
};

const pause = (milliseconds) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  stop = () => {
    clearTimeout(timer);
    reject(new Error(say.stopped));
  };
});

const send = (method, url, body, progress, headers = {}) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open(method, url);
  request.setRequestHeader("X-CSRFToken", form.csrfmiddlewaretoken.value);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  if (progress) request.upload.addEventListener("progress", (event) => progress(event.loaded));
  request.addEventListener("load", () => resolve(request));
  request.addEventListener("error", () => reject(new TypeError("network")));
  request.addEventListener("abort", () => reject(new Error(say.stopped)));
  stop = () => request.abort();
  request.send(body);
});

// What the server refuses it says in a page; its sentence is what people should read.
const sentence = (request) => {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const found = page.querySelector(".notice-bad li, .notice-bad p, .field-error span, main .empty p");
  return found?.textContent.trim() || say.failed;
};

const patient = async (attempt, item) => {
  for (let number = 1; ; number += 1) {
    try {
      const request = await attempt();
      if (request.status < 500) return request;
      if (number >= ATTEMPTS) throw new Error(sentence(request));
    } catch (error) {
      if (!(error instanceof TypeError) || number >= ATTEMPTS) throw error;
    }
    item.state(say.again);
    await pause(Math.min(30_000, 500 * 2 ** number));
  }
};

const refuse = (request) => {
  if (request.status >= 400) throw new Error(sentence(request));
  if (new URL(request.responseURL).pathname === "/login") throw new Error(say.away);
};

const answerOf = (request) => {
  refuse(request);
  return JSON.parse(request.responseText);
};

const memory = (item) => `gatehouse-upload ${address} ${item.path} ${item.file.size} ${item.file.lastModified}`;

const begun = async (item) => {
  const known = localStorage.getItem(memory(item));
  if (known) {
    const request = await patient(() => send("GET", `${address}/${known}`), item);
    if (request.status === 200) return { upload: known, ...JSON.parse(request.responseText) };
    localStorage.removeItem(memory(item));
  }
  const body = new URLSearchParams({ size: item.file.size });
  const told = answerOf(await patient(() => send("POST", address, body), item));
  localStorage.setItem(memory(item), told.upload);
  return { received: [], ...told };
};

const sendInParts = async (item) => {
  if (item.done) return item.done;
  const { upload, part, received } = await begun(item);
  const there = new Set(received);
  const parts = Math.ceil(item.file.size / part);
  let sent = 0;
  for (let number = 1; number <= parts; number += 1) {
    const bytes = item.file.slice((number - 1) * part, number * part);
    if (!there.has(number)) {
      item.state(say.sending);
      const progress = (loaded) => item.progress((sent + loaded) / item.file.size);
      const type = { "Content-Type": "application/octet-stream" };
      const request = await patient(() => send("PUT", `${address}/${upload}/${number}`, bytes, progress, type), item);
      refuse(request);
    }
    sent += bytes.size;
    item.progress(sent / item.file.size);
  }
  item.state(say.checking);
  item.done = answerOf(await patient(() => send("POST", `${address}/${upload}`, new URLSearchParams()), item));
  localStorage.removeItem(memory(item));
  item.state(say.sent);
  return item.done;
};

const commit = async (small, large) => {
  const data = new FormData(form);
  data.delete("file");
  for (const item of small) {
    data.append("file", item.file);
    data.append("path", item.path);
  }
  for (const item of large) data.append("large", JSON.stringify({ path: item.path, ...item.done }));
  const all = small.reduce((sum, item) => sum + item.file.size, 1);
  const progress = (loaded) => {
    small.forEach((item) => item.progress(Math.min(1, loaded / all)));
    stopper.hidden = loaded >= all; // the commit is being made, and nothing can stop it any more
  };
  status.textContent = say.committing;
  const request = await send("POST", location.href, data, progress);
  stopper.hidden = false;
  refuse(request);
  committed = true;
  for (const item of [...small, ...large]) drop(item);
  return request.responseURL;
};

// A form takes a number of files, so more of them make more commits; the large ones come with the last.
const uploadAll = async () => {
  const small = chosen.filter((item) => item.file.size <= inForm);
  const large = chosen.filter((item) => item.file.size > inForm);
  for (const item of large) await sendInParts(item);
  while (small.length > MOST_IN_FORM) await commit(small.splice(0, MOST_IN_FORM), []);
  const address = await commit(small, large);
  busy = false;
  location.assign(address);
};

const show = () => {
  list.hidden = chosen.length === 0;
  input.required = chosen.length === 0;
};

const add = (file, path) => {
  const old = chosen.find((item) => item.path === path);
  if (old) drop(old);
  const line = row.content.firstElementChild.cloneNode(true);
  line.querySelector(".upload-name").textContent = path;
  line.querySelector(".upload-size").textContent = size(file.size);
  const bar = line.querySelector("progress");
  bar.setAttribute("aria-label", path);
  const told = line.querySelector(".upload-state");
  const item = {
    file,
    path,
    line,
    progress: (part) => { bar.value = part; },
    state: (text) => { told.textContent = text; },
  };
  line.querySelector("[data-remove]").addEventListener("click", () => { if (!busy) drop(item); });
  chosen.push(item);
  list.append(line);
  show();
};

const drop = (item) => {
  chosen = chosen.filter((other) => other !== item);
  item.line.remove();
  show();
};

// A dropped folder is read to its bottom.
const entries = async (entry, lead = "") => {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    add(file, lead + file.name);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return;
    for (const each of some) await entries(each, `${lead}${entry.name}/`);
  }
};

input.addEventListener("change", () => {
  for (const file of input.files) add(file, file.webkitRelativePath || file.name);
  input.value = "";
});

const zone = form.querySelector("[data-drop]");
for (const name of ["dragover", "dragenter"]) {
  zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.add("dropping");
  });
}
zone.addEventListener("dragleave", () => { zone.classList.remove("dropping"); });
zone.addEventListener("drop", async (event) => {
  event.preventDefault();
  zone.classList.remove("dropping");
  if (busy) return;
  // All at once: the list is gone after the first pause.
  const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  for (const each of dropped) {
    if (each instanceof File) add(each, each.name);
    else await entries(each);
  }
});

const setBusy = (now) => {
  busy = now;
  form.setAttribute("aria-busy", String(now));
  stopper.hidden = !now;
};

stopper.addEventListener("click", () => stop());

form.addEventListener("submit", async (event) => {
  if (chosen.length === 0) return; // the server says what is missing
  event.preventDefault();
  if (busy) return;
  setBusy(true);
  committed = false;
  status.textContent = say.sending;
  try {
    await uploadAll();
  } catch (error) {
    const why = error instanceof TypeError ? say.failed : error.message;
    status.textContent = committed ? `${why} ${say.rest}` : why;
    setBusy(false);
  }
});

addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});
