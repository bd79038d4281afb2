/** True for an element that is there, can be seen, and can have the focus. */
export function isShown(element: Element | null): boolean {
  return (element?.checkVisibility({ visibilityProperty: true }) ?? false) && !element?.closest('[inert]');
}
