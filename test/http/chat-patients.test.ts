import request from 'supertest';
import { COOKIE, NAMED, openChatHouse, STUDY, type ChatHouse } from '../fakes/chat-app.ts';

let chat: ChatHouse;
beforeEach(async () => {
  chat = await openChatHouse();
});
afterEach(() => chat.close());

test.each([
  ['UTF-8', Buffer.from('["Müller-1"]', 'utf8').toString('latin1')],
  ['ISO 8859-1', '["Müller-1"]'],
])('patients in a header in %s -> 400: taken for another encoding they would be others', async (...row) => {
  const [, header] = row;
  const answer = await request(chat.app)
    .post('/v1/chat/completions')
    .set({ Cookie: COOKIE, 'Countersign-Patients': header })
    .send({
      model: NAMED,
      messages: [{ role: 'user', content: 'Since when?' }],
      metadata: { study_instance_uid: STUDY },
    });
  expect(answer.status).toBe(400);
  expect(chat.house.kinds()).toEqual([]);
});
