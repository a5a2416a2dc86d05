import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { boundKeys, listenToKeys, useKeys } from "./keyboard";

function Keys({ keys, run }: { keys: string; run: () => void }) {
  useKeys([{ keys, does: "Do it", run }]);
  return <input aria-label="field" />;
}

beforeAll(listenToKeys);

describe("keys", () => {
  test("one after the other do what they say", async () => {
    const run = vi.fn();
    render(<Keys keys="g r" run={run} />);
    await userEvent.keyboard("gr");
    expect(run).toHaveBeenCalledOnce();
  });

  test("that one leaves to another are the other's", async () => {
    const [first, later] = [vi.fn(), vi.fn(() => false)];
    render(
      <>
        <Keys keys="j" run={first} />
        <Keys keys="j" run={later} />
      </>,
    );
    await userEvent.keyboard("j");
    expect([first.mock.calls.length, later.mock.calls.length]).toEqual([1, 1]);
  });

  test("do nothing while someone types, but those with a modifier", async () => {
    const plain = vi.fn();
    const modified = vi.fn();
    const { getAllByLabelText } = render(
      <>
        <Keys keys="j" run={plain} />
        <Keys keys="mod+k" run={modified} />
      </>,
    );
    await userEvent.click(getAllByLabelText("field")[0] as HTMLElement);
    await userEvent.keyboard("j{Control>}k{/Control}");
    expect(plain).not.toHaveBeenCalled();
    expect(modified).toHaveBeenCalledOnce();
  });

  test.each(["radio", "checkbox"])("work where a %s has the focus", async (type) => {
    const run = vi.fn();
    const { getByLabelText } = render(
      <>
        <Keys keys="j" run={run} />
        <input type={type} aria-label="choice" />
      </>,
    );
    getByLabelText("choice").focus();
    await userEvent.keyboard("j");
    expect(run).toHaveBeenCalledOnce();
  });

  test("that need AltGr are known by what they type", () => {
    const run = vi.fn();
    render(<Keys keys="[" run={run} />);
    const how = { key: "[", ctrlKey: true, altKey: true, modifierAltGraph: true };
    document.body.dispatchEvent(new KeyboardEvent("keydown", { ...how, bubbles: true }));
    expect(run).toHaveBeenCalledOnce();
  });

  test("are known to the help as long as they work", () => {
    const { unmount } = render(<Keys keys="x" run={() => undefined} />);
    expect(boundKeys()).toMatchObject([{ keys: "x", does: "Do it" }]);
    unmount();
    expect(boundKeys()).toEqual([]);
  });
});
