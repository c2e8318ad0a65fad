import { describe, expect, it } from "vitest";
import type { ScoringForm } from "@shared/contracts/cdr";
import { addQuestion, addSection, blankForm, complete, isWhole, nextId, questionsOf, removeQuestion, scoreOf, steps, unanswered } from "./scoring";

const form = (): ScoringForm => ({
  name: "f",
  sections: [
    {
      title: "s",
      questions: [
        { question_id: "greeting", text: "a", points: 1, weight: 1, fatal: false },
        { question_id: "listening", text: "b", points: 5, weight: 3, fatal: false },
        { question_id: "danger", text: "c", points: 1, weight: 1, fatal: true },
        { question_id: "record", text: "d", points: 10, weight: 4, fatal: false },
      ],
    },
  ],
});
const given = (...points: (number | null)[]) =>
  Object.fromEntries(questionsOf(form()).map((question, n) => [question.question_id, { points: points[n] ?? null, note: " x " }]));

describe("a scoring form", () => {
  it("counts as the ledger does", () => {
    expect(scoreOf(form(), given(1, 5, 1, 10))).toBe(100);
    expect(scoreOf(form(), given(1, 3, 1, 5))).toBe(64.4);
    expect(scoreOf(form(), given(1, 5, 0, 10))).toBe(0);
    expect(scoreOf(form(), given(null, null, null, null))).toBeNull();
  });

  it("is sent only when each question is answered", () => {
    expect(complete(form(), unanswered(form()))).toBeNull();
    expect(complete(form(), given(1, null, 1, 10))).toEqual({
      greeting: { points: 1, note: "x" },
      listening: { points: null, note: "x" },
      danger: { points: 1, note: "x" },
      record: { points: 10, note: "x" },
    });
  });

  it("never uses the id of a question again", () => {
    const edited = blankForm();
    addQuestion(edited, 0);
    removeQuestion(edited, 0, 0);
    expect(nextId(edited)).toBe("q3");
    addSection(edited);
    expect(questionsOf(edited).map((one) => one.question_id)).toEqual(["q2", "q3"]);
    removeQuestion(edited, 1, 0);
    removeQuestion(edited, 0, 0);
    expect(questionsOf(edited)).toHaveLength(1);
  });

  it("is whole when it has words everywhere", () => {
    expect(isWhole(blankForm())).toBe(false);
    expect(isWhole(form())).toBe(true);
    expect(steps(questionsOf(form())[1]!)).toEqual([5, 4, 3, 2, 1, 0]);
  });
});
