import { app } from "../app.vite.ts";

export default app("citizen");
