/** Texts of the control channel that have their place among the batches (D28). */

/** A recipient that is told what happens beside the stream. */
export interface TextSubscriber {
  /**
   * Sends one text message.
   * @param isShared whether the very same text goes to many, so that what a transport makes of it may be kept
   */
  sendText(text: string, isShared?: boolean): void;
}

/** Sends a subscriber what has to come before a batch. */
export type SendBefore = (subscriber: TextSubscriber) => void;

/** Source of the texts that have to come before words. */
export interface TextSource {
  /** Gives what comes before the batch that is complete and about to be delivered; null for nothing, as nearly always. */
  beforeBatch(): SendBefore | null;
  /** Sends a subscriber what comes before the commands gathered so far, which it is about to get ahead of their batch. */
  beforeGathered(subscriber: TextSubscriber): void;
}
