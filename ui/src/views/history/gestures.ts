/** Wheel and two fingers zoom, two fingers also move, one finger shows the value under it. Places are shares of the chart. */

/** Narrows (below 1) or widens what is seen; what stood at the share `before` of the width then stands at `after`. */
export type Zoom = (factor: number, before: number, after: number) => void;

/** Listens on `over` until the returned function is called. */
export function gestures(over: HTMLElement, zoom: Zoom, point: (across: number, down: number) => void): () => void {
  const fingers = new Map<number, number>();
  const share = (event: MouseEvent): number => {
    const box = over.getBoundingClientRect();
    return (event.clientX - box.left) / Math.max(1, box.width);
  };
  const down = (event: MouseEvent): number => {
    const box = over.getBoundingClientRect();
    return (event.clientY - box.top) / Math.max(1, box.height);
  };
  const middle = (): number => [...fingers.values()].reduce((sum, at) => sum + at, 0) / fingers.size;
  const apart = (): number => {
    const [a = 0, b = 0] = [...fingers.values()];
    return Math.max(0.03, Math.abs(a - b));
  };

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways) zoom(1, 0.5 + event.deltaX * 0.001, 0.5);
    else zoom(Math.exp(event.deltaY * 0.002), share(event), share(event));
  }

  function touch(event: PointerEvent): void {
    if (event.pointerType !== "touch") return;
    const [before, gap, known] = [middle(), apart(), fingers.has(event.pointerId)];
    if (event.type === "pointermove" && !known) return;
    fingers.set(event.pointerId, share(event));
    if (fingers.size === 1) point(share(event), down(event));
    if (fingers.size === 2 && known) zoom(gap / apart(), before, middle());
  }

  const lift = (event: PointerEvent): void => void fingers.delete(event.pointerId);

  const stop = new AbortController();
  const { signal } = stop;
  over.addEventListener("wheel", wheel, { passive: false, signal });
  over.addEventListener("pointerdown", touch, { signal });
  over.addEventListener("pointermove", touch, { signal });
  over.addEventListener("pointerup", lift, { signal });
  over.addEventListener("pointercancel", lift, { signal });
  return () => stop.abort();
}
