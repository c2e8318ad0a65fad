/** Knowledge: articles to tell citizens, and their approval. */
import type { Workspace } from "../frame/workspace";

const page = () => import("./KnowledgeWorkspace.vue");

export const knowledge: Workspace = {
  name: "knowledge",
  roles: ["agent", "supervisor", "dispatcher", "acceptor", "admin"],
  icon: "M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5zM4 20.5A2.5 2.5 0 0 0 6.5 21H20M8 8h8M8 12h5",
  routes: [
    { path: "/knowledge", name: "knowledge", component: page },
    { path: "/knowledge/new", name: "article-new", component: page },
    { path: "/knowledge/:articleId", name: "article", component: page },
  ],
};
