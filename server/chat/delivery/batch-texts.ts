/** Texts of the control channel that go with a batch, so that presence has its place among the words (D28). */

/** A recipient that is told what happens beside the stream. */
export interface TextListener {
  /**
   * Sends one text message.
   * @param isShared whether the very same text goes to many, so that what a transport makes of it may be kept
   */
  sendText(text: string, isShared?: boolean): void;
}

/** Texts that go with one batch to every listener: right before it, and right behind it. */
export interface BatchTexts {
  sendBefore(listener: TextListener): void;
  sendAfter(listener: TextListener): void;
}

/** Source of the texts of all batches. */
export interface TextSource {
  /** Gives the texts of the batch that is complete and about to be delivered; null for none, which is nearly always. */
  nextTexts(): BatchTexts | null;
  /** Notes that a listener is about to get commands that are still gathered, ahead of the batch that they will be in. */
  beforeGathered(listener: TextListener): void;
}
