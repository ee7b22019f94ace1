/**
 * The kernel's classic BPF, as far as seccomp takes it, in a few lines: it executes a packed
 * `struct sock_filter[]` on one `struct seccomp_data`. Anything it does not know, any
 * jump or load out of range, is an error, as it is for the kernel's own checker.
 */
export type SystemCall = { audit: number; number: number; arguments: readonly bigint[] };

export type Outcome = { verdict: number; steps: number };

export function interpret(program: Uint8Array, call: SystemCall): Outcome {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = packCall(call);
  let accumulator = 0;
  let position = 0;
  for (let steps = 1; ; steps += 1) {
    const operation = code.getUint16(8 * position, true);
    const operand = code.getUint32(8 * position + 4, true);
    position += 1;
    if (operation === 0x06) return { verdict: operand, steps };
    else if (operation === 0x20) accumulator = data.getUint32(operand, true);
    else if (operation === 0x05) position += operand;
    else {
      const holds = compare(operation, accumulator, operand);
      position += code.getUint8(8 * position - 8 + (holds ? 2 : 3));
    }
  }
}

function compare(operation: number, accumulator: number, operand: number): boolean {
  if (operation === 0x15) return accumulator === operand;
  if (operation === 0x35) return accumulator >= operand;
  if (operation === 0x45) return (accumulator & operand) !== 0;
  throw new Error(`instruction 0x${operation.toString(16)} is unknown`);
}

function packCall({ audit, number, arguments: values }: SystemCall): DataView {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, audit, true);
  for (const [index, value] of values.entries()) data.setBigUint64(16 + 8 * index, value, true);
  return data;
}
