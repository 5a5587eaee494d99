// Files, sent and on their way.
import type { Page } from 'playwright-core';
import type { Attachment } from '../../../shared/protocol/types.ts';
import { files, widget } from './shop.ts';

const picture: Attachment = {
  id: 'f1',
  name: 'parcel.svg',
  type: 'image/svg+xml',
  bytes: 48_000,
  width: 640,
  height: 480,
};
const paper: Attachment = {
  id: 'f2',
  name: 'Invoice 2026-1187-3302 for the whole of the year, corrected.pdf',
  type: 'application/pdf',
  bytes: 1_830_000,
};
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480"><rect width="640" height="480" fill="#c9b18a"/><path d="M120 160h400v220H120z" fill="#a9834f"/><path d="M120 160h400v50H120z" fill="#8a6637"/><path d="M290 160h60v220h-60z" fill="#e9dcc3"/></svg>`;
const withFiles = async (page: Page) => {
  await page.route(/\/files\?sequence=/, (route) =>
    route.fulfill({
      json: {
        files: ['f1', 'f2'].map((id) => ({
          id,
          url: '/a-picture.svg',
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        })),
      },
    }),
  );
  await page.route('**/a-picture.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body: svg }));
};
widget.look('files', async (scene, shop) => {
  const conversation = await shop.talk(scene, files, withFiles);
  const quoted = shop.post(conversation, {
    text: scene.say('请发一张包裹的照片。', 'Please send a picture of the parcel.'),
  });
  shop.post(conversation, { text: scene.say('这是照片', 'Here it is'), attachments: [picture], replyTo: quoted }, true);
  shop.post(conversation, { text: '', attachments: [paper] });
  await shop.w.locator('svg image').first().waitFor();
  await shop.text(/Invoice/);
});
widget.look('picture-large', async (scene, shop) => {
  const conversation = await shop.talk(scene, files, withFiles);
  shop.post(conversation, { text: '', attachments: [picture] });
  await shop.press(/^(查看大图|View larger)/);
  await shop.w.locator('dialog[open]').waitFor();
});
const upload = async (page: Page) => {
  await page.route('**/api/v1/uploads', (route) =>
    route.request().postData()?.includes('.exe')
      ? route.fulfill({ status: 400, json: { code: 'Invalid', title: 'No.', reason: 'type' } })
      : route.fulfill({ json: { uploadId: 'u1', offset: 0, bytes: 2_000_000, partBytes: 262_144 } }),
  );
  // Never answered: it stays on its way.
  await page.route('**/api/v1/uploads/u1**', () => {});
};
/** A picture that any browser shows, however much follows it. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
widget.look(
  'upload',
  async (scene, shop) => {
    await shop.talk(scene, files, upload);
    await shop.box.focus();
    await shop.w.locator('input[type=file]').setInputFiles([
      {
        name: 'A quite long name of a picture from a phone 2026-11-22 09.15.41.png',
        mimeType: 'image/png',
        buffer: Buffer.concat([png, Buffer.alloc(2_000_000)]),
      },
      { name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.alloc(300) },
      { name: 'film.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(11_000_000) },
    ]);
    shop.more.push('A quite long name of a picture from a phone 2026-11-22 09.15.41.png', 'setup.exe', 'film.pdf');
    await shop.text(/正在上传|Uploading/);
    await shop.text(/不支持这种文件|not accepted/);
  },
  { allow: /400/ },
);
widget.look('drop', async (scene, shop) => {
  await shop.talk(scene, files);
  await shop.frame(shop.page).waitForFunction(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'parcel.png'));
    dispatchEvent(new DragEvent('dragover', { dataTransfer, cancelable: true }));
    return /松开|Drop/.test(document.body.textContent ?? '');
  });
});
