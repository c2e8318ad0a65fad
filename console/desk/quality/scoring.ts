/** What a filled scoring form comes to, as the ledger counts it, and how a form is edited. */
import type { ScoringAnswer, ScoringForm, ScoringQuestion } from "@shared/contracts/cdr";

export type Answers = Record<string, ScoringAnswer>;

export const questionsOf = (form: ScoringForm): ScoringQuestion[] => form.sections.flatMap((section) => section.questions);

/** Of a form that nobody has answered yet; `undefined` points are asked for. */
export type OpenAnswers = Record<string, { points: number | null | undefined; note: string }>;

export const unanswered = (form: ScoringForm): OpenAnswers =>
  Object.fromEntries(questionsOf(form).map((question) => [question.question_id, { points: undefined, note: "" }]));

/** All answers, or null while one is missing. */
export function complete(form: ScoringForm, given: OpenAnswers): Answers | null {
  const answers: Answers = {};
  for (const { question_id } of questionsOf(form)) {
    const one = given[question_id];
    if (!one || one.points === undefined) return null;
    answers[question_id] = { points: one.points, note: one.note.trim() };
  }
  return answers;
}

/** 0 to 100 of what is answered so far; null when nothing applies. */
export function scoreOf(form: ScoringForm, given: OpenAnswers): number | null {
  let weighed = 0;
  let weights = 0;
  for (const question of questionsOf(form)) {
    const points = given[question.question_id]?.points;
    if (points === null || points === undefined) continue;
    if (question.fatal && points === 0) return 0;
    weighed += (question.weight * points) / question.points;
    weights += question.weight;
  }
  return weights ? Math.round((1000 * weighed) / weights) / 10 : null;
}

export const shownScore = (score: number | null): string => (score === null ? "–" : score.toFixed(1));

/** Whole steps of a question, the best first. */
export const steps = (question: ScoringQuestion): number[] => Array.from({ length: question.points + 1 }, (_, n) => question.points - n);

const blankQuestion = (id: string): ScoringQuestion => ({ question_id: id, text: "", points: 1, weight: 1, fatal: false });

export const blankForm = (): ScoringForm => ({ name: "", sections: [{ title: "", questions: [blankQuestion("q1")] }] });

/** An id that no question of the form has had: what was answered before keeps its meaning. */
export function nextId(form: ScoringForm): string {
  const used = questionsOf(form).map((question) => /^q(\d+)$/.exec(question.question_id)?.[1]);
  return `q${Math.max(0, ...used.map((n) => Number(n ?? 0))) + 1}`;
}

export function addQuestion(form: ScoringForm, section: number): void {
  form.sections[section]?.questions.push(blankQuestion(nextId(form)));
}

export function addSection(form: ScoringForm): void {
  form.sections.push({ title: "", questions: [blankQuestion(nextId(form))] });
}

/** The last question takes its section with it; a form keeps one. */
export function removeQuestion(form: ScoringForm, section: number, question: number): void {
  const here = form.sections[section];
  if (!here || questionsOf(form).length <= 1) return;
  here.questions.splice(question, 1);
  if (here.questions.length === 0) form.sections.splice(section, 1);
}

export const isWhole = (form: ScoringForm): boolean =>
  form.name.trim() !== "" && form.sections.every((section) => section.title.trim() !== "" && section.questions.every((question) => question.text.trim() !== ""));
