// Asks for each URL once: fetch.mjs LIBRARY URL…; how it went is for the witnesses to say.
import http from "node:http";
import https from "node:https";
import { createRequire } from "node:module";

const [library, ...urls] = process.argv.slice(2);
const require = createRequire(`${process.env.TOOLS}/`);
const signal = () => AbortSignal.timeout(5000);

const fetchers = {
    fetch: () => (url) => fetch(url, { signal: signal() }),
    http: () => (url) =>
        new Promise((resolve, reject) => {
            const get = url.startsWith("https:") ? https.get : http.get;
            get(url, { signal: signal() }, (answer) => answer.resume().on("end", resolve)).on("error", reject);
        }),
    undici: () => {
        const { EnvHttpProxyAgent, request } = require(library);
        const dispatcher = new EnvHttpProxyAgent();
        return async (url) => (await request(url, { dispatcher, signal: signal() })).body.dump();
    },
    got: async () => {
        const { default: got } = await import(`${process.env.TOOLS}/node_modules/got/dist/source/index.js`);
        return (url) => got(url, { timeout: { request: 5000 }, retry: { limit: 0 } });
    },
    axios: () => {
        const axios = require(library);
        return (url) => axios.get(url, { signal: signal(), maxRedirects: 0 });
    },
};

if (urls[0] === "--version") {
    const own = library === "fetch" || library === "http";
    console.log(own ? process.version : require(`${process.env.TOOLS}/node_modules/${library}/package.json`).version);
    process.exit();
}
for (const url of urls) {
    try {
        await (await fetchers[library.replace(/-.*/, "")]())(url);
    } catch (error) {
        console.error(url, error.cause ?? error);
    }
}
process.exit();
