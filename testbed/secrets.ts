/** What each signed address of a picture contains, and each picture in a message. */
export const PICTURE_SECRETS = ['jwt=', ';base64,'];
