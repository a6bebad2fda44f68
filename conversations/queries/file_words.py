"""What is said of a knowledge file that could not be read, in words for people."""

SENTENCES = {
    "encrypted": "It is protected by a password. Save it without one and upload it again.",
    "no_text_layer": "It holds pictures of pages and no text. Run it through text recognition (OCR) and upload it again.",
    "empty": "There is no text in it.",
    "too_large": "There is too much in it: at most 1,000 pages, two million letters, and 50 MB when it is unpacked.",
    "damaged": "It is damaged, or not quite what its type says. Open it, save it again and upload that.",
    "timeout": "Reading it took too long. Save it more simply, without drawings, or as several files.",
    "memory": "Reading it took too much memory. Save it more simply, without drawings, or as several files.",
    "gave_up": "Reading it was broken off three times. Upload it again; if that fails too, save it anew.",
    "lost": "The file itself is not there any more. Upload it again.",
}


def sentence_of(reason: str) -> str:
    return SENTENCES.get(reason, "No text could be taken out of it.") if reason else ""
