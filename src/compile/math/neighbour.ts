/**
 * nextafter over blocks: the next number of the operands' dtype in a direction.
 *
 * Source: IEEE 754-1985, appendix: neighbours of one sign are neighbours as integers.
 */
import type { Block2 } from '../../ir/kernel'

const view = new DataView(new ArrayBuffer(8))

/** The next number after x in the direction of y. */
export const nextafter: Block2 = (o, p, a, q, da, b, r, db, n, dtype) => {
  const single = dtype === 'float32'
  for (let j = 0; j < n; j = (j + 1) | 0, q = (q + da) | 0, r = (r + db) | 0) {
    const x = a[q], y = b[r], up = y > x === x > 0 ? 1 : -1
    let z = x === y ? y : x + y
    if (x === x && y === y && x !== y) {
      if (x === 0) z = Math.sign(y) * (single ? 2 ** -149 : 2 ** -1074)
      else if (single) {
        view.setFloat32(0, x)
        view.setInt32(0, view.getInt32(0) + up)
        z = view.getFloat32(0)
      } else {
        view.setFloat64(0, x)
        view.setBigInt64(0, view.getBigInt64(0) + BigInt(up))
        z = view.getFloat64(0)
      }
    }
    o[(p + j) | 0] = z
  }
}
