/** What was seen at one moment. */
export interface Sample {
  /** Since the first sample. */
  readonly seconds: number;
  /** Messages that wait. */
  readonly queued: number;
  /** Worker pods that the autoscaler asks for. */
  readonly desired: number;
  readonly ready: number;
}

const WIDTH = 960;
const HEIGHT = 460;
const LEFT = 76;
const RIGHT = 24;
const QUEUE = { top: 64, bottom: 236 };
const WORKERS = { top: 290, bottom: 400 };
const COLOURS = { queue: '#2f6f4f', desired: '#b5651d', ready: '#1f4e8c', grid: '#d9d9d9', text: '#333333' };

/**
 * Draws a run: above, how many messages wait; below, how many workers are wanted and how many are ready.
 * @param title one line
 * @param samples at least two, in order of time
 * @returns an SVG document that needs nothing else
 */
export function picture(title: string, samples: readonly Sample[]): string {
  const last = Math.max(1, samples.at(-1)?.seconds ?? 1);
  const x = (seconds: number): number => LEFT + (seconds / last) * (WIDTH - LEFT - RIGHT);
  const most = {
    queue: ceiling(samples.map((sample) => sample.queued)),
    workers: ceiling(samples.flatMap((sample) => [sample.desired, sample.ready])),
  };
  const scale = (panel: typeof QUEUE, top: number) => (value: number) =>
    panel.bottom - (value / top) * (panel.bottom - panel.top);
  const queue = scale(QUEUE, most.queue);
  const workers = scale(WORKERS, most.workers);
  const line = (values: readonly (readonly [number, number])[]): string =>
    values.map(([at, value]) => `${round(at)},${round(value)}`).join(' ');
  /** A count holds until the next sample says otherwise. */
  const steps = (value: (sample: Sample) => number): string =>
    line(
      samples.flatMap((sample, index) =>
        index === 0
          ? [[x(sample.seconds), workers(value(sample))] as const]
          : [
              [x(sample.seconds), workers(value(samples[index - 1] ?? sample))] as const,
              [x(sample.seconds), workers(value(sample))] as const,
            ],
      ),
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="${COLOURS.text}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="28" font-size="17">${asText(title)}</text>`,
    `<text x="${LEFT}" y="${QUEUE.top - 12}">messages that wait</text>`,
    ...grid(QUEUE, most.queue, queue),
    `<polygon points="${LEFT},${QUEUE.bottom} ${line(samples.map((sample) => [x(sample.seconds), queue(sample.queued)]))} ${round(x(last))},${QUEUE.bottom}" fill="${COLOURS.queue}" fill-opacity="0.25" stroke="none"/>`,
    `<polyline points="${line(samples.map((sample) => [x(sample.seconds), queue(sample.queued)]))}" fill="none" stroke="${COLOURS.queue}" stroke-width="2"/>`,
    `<text x="${LEFT}" y="${WORKERS.top - 12}">workers: <tspan fill="${COLOURS.desired}">wanted (dashed)</tspan> and <tspan fill="${COLOURS.ready}">ready</tspan></text>`,
    ...grid(WORKERS, most.workers, workers),
    `<polyline points="${steps((sample) => sample.desired)}" fill="none" stroke="${COLOURS.desired}" stroke-width="2" stroke-dasharray="6 4"/>`,
    `<polyline points="${steps((sample) => sample.ready)}" fill="none" stroke="${COLOURS.ready}" stroke-width="2.5"/>`,
    ...times(last, x),
    '</svg>',
    '',
  ].join('\n');
}

function grid(panel: typeof QUEUE, most: number, y: (value: number) => number): string[] {
  return [0, most / 2, most]
    .flatMap((value) => [
      `<line x1="${LEFT}" y1="${round(y(value))}" x2="${WIDTH - RIGHT}" y2="${round(y(value))}" stroke="${COLOURS.grid}"/>`,
      `<text x="${LEFT - 8}" y="${round(y(value)) + 4}" text-anchor="end">${Math.round(value * 10) / 10}</text>`,
    ])
    .concat(`<line x1="${LEFT}" y1="${panel.top}" x2="${LEFT}" y2="${panel.bottom}" stroke="${COLOURS.text}"/>`);
}

function times(last: number, x: (seconds: number) => number): string[] {
  const step = [5, 10, 20, 30, 60, 120, 300, 600].find((candidate) => last / candidate <= 12) ?? Math.ceil(last / 10);
  const marks: string[] = [];
  for (let at = 0; at <= last; at += step)
    marks.push(`<text x="${round(x(at))}" y="${WORKERS.bottom + 22}" text-anchor="middle">${at} s</text>`);
  return marks;
}

/** The least round number that is not below any value: 1, 2 or 5 times a power of ten, and an even one for counts. */
function ceiling(values: readonly number[]): number {
  const most = Math.max(2, ...values);
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((candidate) => candidate >= most) ?? most;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const asText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
