/** A refusal whose reason lies outside of the pod: its owner will try again. The message is a sentence for a person. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Ends the sentences of refusals that pass by themselves. */
export const RETRY = 'whatever owns this pod (a Deployment, a Job) will try again by itself';
