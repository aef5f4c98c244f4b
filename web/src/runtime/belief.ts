/** How evidence becomes a belief, and how it is forgotten: runtime/belief.py, number for number. */

export function uniform(classes: number): Float64Array {
  return new Float64Array(classes).fill(1 / classes);
}

/** The belief after one more frame's evidence (float32, as the logits are). */
export function updated(
  belief: Float64Array,
  evidence: Float32Array,
  sharpness: number,
  forgetting: number,
): Float64Array {
  const most = Math.max(...evidence);
  const product = belief.map((before, place) => {
    const forgotten = (1 - forgetting) * before + (forgetting / (belief.length - 1)) * (1 - before);
    return forgotten * Math.exp(sharpness * Math.fround(evidence[place] - most));
  });
  const sum = product.reduce((total, value) => total + value, 0);
  return product.map((value) => value / sum);
}

/** One belief from those of both eyes, which show one face: their geometric mean, normalised. */
export function combined(beliefs: Float64Array[]): Float64Array {
  const product = beliefs[0].map(
    (_, place) => beliefs.reduce((all, belief) => all * Math.max(belief[place], 1e-12), 1) ** (1 / beliefs.length),
  );
  const sum = product.reduce((total, value) => total + value, 0);
  return product.map((value) => value / sum);
}
