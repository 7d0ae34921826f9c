/** The buzzer, for who wants to hear it. */
let context: AudioContext | null = null;
let tone: GainNode | null = null;

const HERTZ = 2_300;
const LOUD = 0.06;

/** Starts it; browsers allow that only when somebody has just tapped. */
export function begin(): void {
  context ??= new AudioContext();
  void context.resume();
  if (tone) return;
  const source = new OscillatorNode(context, { frequency: HERTZ });
  tone = new GainNode(context, { gain: 0 });
  source.connect(tone).connect(context.destination);
  source.start();
}

export function sound(on: boolean): void {
  if (tone && context) tone.gain.setTargetAtTime(on ? LOUD : 0, context.currentTime, 0.004);
}
