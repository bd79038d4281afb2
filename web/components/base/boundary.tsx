import { Component, type ComponentChildren } from 'preact';
import { useTools } from './context.ts';

interface Props {
  children: ComponentChildren;
}

/** What throws while it is shown says so in its own place, and leaves the rest alone; a change shows it again. */
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
