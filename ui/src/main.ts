import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { enter } from "./state/house.svelte.ts";
import { follow } from "./state/router.svelte.ts";
import { paint } from "./state/theme.svelte.ts";
import { preferred, use } from "./state/words.svelte.ts";

paint();
follow();
void enter();
await use(preferred());
mount(App, { target: document.getElementById("app")! });
