// The agents' console, by area.
import './console/lists.ts';
import './console/conversation.ts';
import './console/customer.ts';
import './console/shell.ts';
import './console/administration.ts';
