import { Component, type ComponentChildren } from 'preact';
import { useTools } from './context.ts';

interface Props {
  children: ComponentChildren;
}

/** Error boundary: a view that throws is replaced by a line in its own place; a change shows it again. */
export class Boundary extends Component<Props, { failed?: ComponentChildren }> {
  override state: { failed?: ComponentChildren } = {};

  override componentDidCatch(error: unknown): void {
    console.warn(error);
    this.setState({ failed: this.props.children });
  }

  override render({ children }: Props): ComponentChildren {
    return children && this.state.failed === children ? <Broken /> : children;
  }
}

function Broken() {
  return <p class="gap">{useTools().text.link.missing}</p>;
}
