import assert from "node:assert/strict";
import { UserError, UserErrors } from "../../src/errors.ts";

/** Everything that a user is shown of an error. */
export type Shown = { message: string; origin?: string; hint?: string };

/** What a user is shown when `act` fails; fails itself when `act` does not, or with another error. */
export function catchUserErrors(act: () => unknown): Shown[] {
  try {
    act();
  } catch (error) {
    return showUserErrors(error);
  }
  return assert.fail("no error was thrown");
}

export async function rejectedUserErrors(promise: Promise<unknown>): Promise<Shown[]> {
  try {
    await promise;
  } catch (error) {
    return showUserErrors(error);
  }
  return assert.fail("no error was thrown");
}

/** With its exit code, where that is what the test is about. */
export function catchExitCode(act: () => unknown): number {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.exitCode;
    throw error;
  }
  return assert.fail("no error was thrown");
}

function showUserErrors(error: unknown): Shown[] {
  if (error instanceof UserErrors) return error.errors.map(show);
  if (error instanceof UserError) return [show(error)];
  throw error;
}

function show({ message, origin, hint }: UserError): Shown {
  return { message, ...(origin !== undefined && { origin }), ...(hint !== undefined && { hint }) };
}
