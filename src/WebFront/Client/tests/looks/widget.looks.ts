// The visitor's widget, by area.
import './widget/before.ts';
import './widget/waiting.ts';
import './widget/talk.ts';
import './widget/files.ts';
import './widget/ended.ts';
import './widget/trouble.ts';
