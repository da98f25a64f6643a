// A usual day with @huggingface/hub. Every check is a function; the names of those that fail are told at the end.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as hub from "@huggingface/hub";

const [alice, carol] = JSON.parse(process.env.PEOPLE);
const hubUrl = process.env.HF_ENDPOINT;
const asAlice = { hubUrl, accessToken: alice.token };
const asCarol = { hubUrl, accessToken: carol.token };
const weights = new Uint8Array(300_000).map((_, at) => (at * at) % 251);
let made = 0;

const text = (words) => new Blob([words]);
const bytes = async (blob) => new Uint8Array(await blob.arrayBuffer());

async function all(found) {
	const items = [];
	for await (const item of found) items.push(item);
	return items;
}

async function newRepo(files = {}, type = "model") {
	const repo = { type, name: `${alice.name}/js-${Date.now()}-${++made}` };
	const sent = Object.entries(files).map(([path, content]) => ({ path, content }));
	await hub.createRepo({ ...asAlice, repo });
	if (sent.length) await hub.uploadFiles({ ...asAlice, repo, files: sent });
	return repo;
}

async function call(method, path, body) {
	const headers = { Authorization: `Bearer ${alice.token}`, "Content-Type": "application/json" };
	const answer = await fetch(`${hubUrl}/api/${path}`, { method, headers, body: JSON.stringify(body) });
	assert.ok(answer.ok, await answer.text());
}

async function refused(promise, status, words) {
	await assert.rejects(promise, (error) => {
		assert.equal(error.statusCode, status);
		// The reason why a file is refused comes as text, which this client keeps in `data`.
		assert.match(`${error.message} ${error.data?.message}`, words);
		return true;
	});
}

const checks = {
	async "who one is"() {
		const me = await hub.whoAmI(asAlice);
		assert.deepEqual([me.type, me.name, me.auth.accessToken.role], ["user", alice.name, "write"]);
		assert.deepEqual(me.orgs.map((org) => org.name), [process.env.ORG]);
		await refused(hub.whoAmI({ hubUrl, accessToken: "hf_wrong" }), 401, /Invalid/);
	},

	async "files of all kinds go up and come down"() {
		const repo = await newRepo({ "ünï code/a b.txt": text("Ærlig"), "w.bin": new Blob([weights]), "empty.txt": text("") });
		await hub.uploadFile({ ...asAlice, repo, file: { path: "one.txt", content: text("one") } });
		const progress = await all(
			hub.uploadFilesWithProgress({ ...asAlice, repo, files: [{ path: "w2.bin", content: new Blob([weights, "x"]) }] }),
		);
		assert.ok(progress.length > 0);
		for (const [path, content] of [["w.bin", weights], ["w2.bin", new Uint8Array([...weights, 120])]]) {
			for (const xet of [true, false]) {
				assert.deepEqual(await bytes(await hub.downloadFile({ ...asAlice, repo, path, xet })), content);
			}
		}
		const blob = await hub.downloadFile({ hubUrl, repo, path: "w.bin" });
		assert.deepEqual(await bytes(blob.slice(1000, 2000)), weights.slice(1000, 2000));
		assert.equal(await (await hub.downloadFile({ hubUrl, repo, path: "ünï code/a b.txt" })).text(), "Ærlig");
		assert.equal(await hub.downloadFile({ hubUrl, repo, path: "none.txt" }), null);
		assert.match(await (await hub.downloadFile({ hubUrl, repo, path: "w.bin", raw: true })).text(), /^version https:/);
		const info = await hub.fileDownloadInfo({ hubUrl, repo, path: "w.bin" });
		assert.equal(info.size, weights.length);
	},

	async "the gate stands before the files"() {
		const repo = await newRepo({ "README.md": text("# Card\n"), "a.txt": text("a"), "w.bin": new Blob([weights]) });
		await call("PUT", `models/${repo.name}/settings`, { gated: "manual" });
		for (const path of ["a.txt", "w.bin"]) {
			await refused(hub.downloadFile({ ...asCarol, repo, path }), 403, /not in the authorized list/);
			await refused(hub.downloadFile({ hubUrl, repo, path }), 401, /Please log in/);
		}
		assert.equal(await (await hub.downloadFile({ hubUrl, repo, path: "README.md" })).text(), "# Card\n");
		assert.deepEqual((await all(hub.listFiles({ ...asCarol, repo }))).length, 4);
		assert.equal((await hub.modelInfo({ hubUrl, name: repo.name })).gated, "manual");
		await hub.checkRepoAccess({ ...asCarol, repo });
		await call("POST", `models/${repo.name}/user-access-request/grant`, { user: carol.name });
		assert.equal(await (await hub.downloadFile({ ...asCarol, repo, path: "a.txt" })).text(), "a");
		assert.deepEqual(await bytes(await hub.downloadFile({ ...asCarol, repo, path: "w.bin" })), weights);
	},

	async "a commit adds, edits and deletes, and a stale one is refused"() {
		const repo = await newRepo({ "a.txt": text("a"), "dir/b.txt": text("b"), "c.txt": text("c") });
		const operations = [
			{ operation: "addOrUpdate", path: "a.txt", content: text("new") },
			{ operation: "delete", path: "dir/b.txt" },
		];
		const { commit } = await hub.commit({ ...asAlice, repo, title: "Change", description: "All", operations });
		assert.equal(commit.url, `${hubUrl}/${repo.name}/commit/${commit.oid}`);
		await hub.deleteFiles({ ...asAlice, repo, paths: ["c.txt"] });
		assert.deepEqual((await all(hub.listFiles({ ...asAlice, repo }))).map((file) => file.path), [".gitattributes", "a.txt"]);
		const stale = { ...asAlice, repo, title: "Late", operations, parentCommit: commit.oid };
		await refused(hub.commit(stale), 412, /updated since/);
		const theirs = hub.uploadFile({ ...asCarol, repo, file: { path: "x.txt", content: text("x") } });
		await refused(theirs, 403, /./);
	},

	async "branches, history and revisions"() {
		const repo = await newRepo({ "a.txt": text("a") });
		await hub.createBranch({ ...asAlice, repo, branch: "exp/one" });
		await refused(hub.createBranch({ ...asAlice, repo, branch: "exp/one" }), 409, /already exists/);
		await hub.uploadFile({ ...asAlice, repo, branch: "exp/one", file: { path: "a.txt", content: text("branch") } });
		const revision = "exp/one";
		assert.equal(await (await hub.downloadFile({ ...asAlice, repo, path: "a.txt", revision })).text(), "branch");
		assert.equal(await (await hub.downloadFile({ ...asAlice, repo, path: "a.txt" })).text(), "a");
		const history = await all(hub.listCommits({ ...asAlice, repo, revision, batchSize: 2 }));
		assert.deepEqual(history.map((one) => one.authors[0].username), Array(3).fill(alice.name));
		assert.equal(await hub.countCommits({ ...asAlice, repo, revision }), 3);
		await hub.createBranch({ ...asAlice, repo, branch: "empty", empty: true });
		assert.deepEqual((await all(hub.listFiles({ ...asAlice, repo, revision: "empty" }))).length, 0);
		await hub.deleteBranch({ ...asAlice, repo, branch: "exp/one" });
		await assert.rejects(all(hub.listFiles({ ...asAlice, repo, revision })));
	},

	async "trees, paths and caches tell what is there"() {
		const repo = await newRepo({ "deep/er/a.txt": text("a"), "w.bin": new Blob([weights]) }, "dataset");
		const found = await all(hub.listFiles({ ...asAlice, repo, recursive: true, expand: true }));
		assert.deepEqual(found.map((file) => file.path).sort(), [".gitattributes", "deep", "deep/er", "deep/er/a.txt", "w.bin"]);
		assert.ok(found.every((file) => file.lastCommit.date));
		const told = await hub.pathsInfo({ ...asAlice, repo, paths: ["w.bin", "none"], expand: true });
		assert.deepEqual(told.map((one) => [one.path, one.lfs.size]), [["w.bin", weights.length]]);
		const cacheDir = mkdtempSync(join(tmpdir(), "hub-"));
		const snapshot = await hub.snapshotDownload({ ...asAlice, repo, cacheDir });
		assert.deepEqual(new Uint8Array(readFileSync(join(snapshot, "w.bin"))), weights);
		assert.equal(readFileSync(join(snapshot, "deep/er/a.txt"), "utf8"), "a");
		assert.equal((await hub.datasetInfo({ ...asAlice, name: repo.name })).name, repo.name);
		const listed = await all(hub.listDatasets({ ...asAlice, search: { owner: alice.name }, limit: 5, sort: "lastModified" }));
		assert.ok(listed.some((one) => one.name === repo.name));
	},

	async "headers of weights are read by range"() {
		const header = new TextEncoder().encode('{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}   ');
		const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
		const repo = await newRepo({ "model.safetensors": new Blob([length, header, new Uint8Array(4)]) });
		const told = await hub.parseSafetensorsMetadata({ ...asAlice, repo, computeParametersCount: true });
		assert.deepEqual(told.parameterCount, { U8: 4 });
	},

	async "models are listed by what they are"() {
		const card = "---\nlicense: mit\npipeline_tag: fill-mask\ntags: [js-tag]\n---\n";
		const repo = await newRepo({ "README.md": text(card) });
		const wanted = { owner: alice.name, task: "fill-mask", tags: ["js-tag"] };
		const found = await all(hub.listModels({ ...asCarol, search: wanted, additionalFields: ["cardData", "tags"] }));
		assert.ok(found.some((model) => model.name === repo.name && model.cardData.license === "mit"));
		const everywhere = ["createdAt", "downloads", "likes", "likes30d", "lastModified", "trendingScore", "mainSize", "id"];
		for (const sort of [...everywhere, "num_parameters", "datasetsServerInfo.numRows"]) {
			for (const list of [hub.listModels, hub.listDatasets, hub.listSpaces]) await all(list({ ...asAlice, sort, limit: 2 }));
		}
		await hub.deleteRepo({ ...asAlice, repo });
		assert.equal(await hub.repoExists({ ...asAlice, repo }), false);
		await refused(hub.checkRepoAccess({ ...asAlice, repo }), 404, /not found/i);
	},

	async "every field that the client knows can be asked for"() {
		const kinds = [
			[hub.listModels, hub.modelInfo, hub.MODEL_EXPANDABLE_KEYS, "model"],
			[hub.listDatasets, hub.datasetInfo, hub.DATASET_EXPANDABLE_KEYS, "dataset"],
			[hub.listSpaces, hub.spaceInfo, hub.SPACE_EXPANDABLE_KEYS, "space"],
		];
		for (const [list, info, additionalFields, type] of kinds) {
			const repo = { type, name: `${alice.name}/js-${Date.now()}-${++made}` };
			await hub.createRepo({ ...asAlice, repo, sdk: type === "space" ? "static" : undefined });
			const listed = await all(list({ ...asAlice, search: { owner: alice.name }, additionalFields }));
			const told = await info({ ...asAlice, name: repo.name, additionalFields });
			assert.equal(listed.find((one) => one.name === repo.name).sha, told.sha);
		}
	},

	async "a new repo has the licence and the files it is made with"() {
		const repo = { type: "dataset", name: `${alice.name}/js-${Date.now()}-${++made}` };
		const files = [{ path: "a.txt", content: text("a") }];
		await hub.createRepo({ ...asAlice, repo, visibility: "private", license: "mit", files });
		const read = async (path) => (await hub.downloadFile({ ...asAlice, repo, path })).text();
		assert.match(await read("README.md"), /^license: mit$/m);
		assert.equal(await read("a.txt"), "a");
		assert.equal((await hub.datasetInfo({ ...asAlice, name: repo.name })).private, true);
		await refused(hub.createRepo({ ...asAlice, repo }), 409, /already/);
	},

	async "what is not offered says so"() {
		const bucket = { type: "bucket", name: `${alice.name}/bucket` };
		await refused(hub.createRepo({ ...asAlice, repo: bucket }), 501, /Buckets are not offered/);
		await refused(all(hub.listCollections({ ...asAlice })), 501, /Collections are not offered/);
		await refused(hub.listJobs({ ...asAlice, namespace: alice.name }), 501, /Jobs are not run/);
		const repo = await newRepo();
		const file = { path: "a.txt", content: text("a") };
		await refused(hub.uploadFile({ ...asAlice, repo, file, isPullRequest: true }), 501, /ull requests are not offered/);
		assert.equal(await hub.fileExists({ ...asAlice, repo, path: "a.txt" }), false);
	},
};

const failed = [];
for (const [name, check] of Object.entries(checks)) {
	try {
		await check();
	} catch (error) {
		failed.push(name);
		console.log(`=== ${name}\n${error.stack}`);
	}
}
if (failed.length) {
	console.error(`failed: ${failed.join(" | ")}`);
	process.exit(1);
}
