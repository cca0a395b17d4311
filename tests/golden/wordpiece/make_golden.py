"""Golden ids of BERT's WordPiece: the published rules (Hugging Face's BertTokenizer, in its fast form) written plainly in Python.

    python3 make_golden.py vocab.txt > encodings.json
"""
import json
import sys
import unicodedata

CHINESE = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF),
           (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def clean(text):
    kept = []
    for c in text:
        if c in "\t\n\r":
            kept.append(" ")
        elif c in "\0\uFFFD" or unicodedata.category(c).startswith("C"):
            continue
        else:
            kept.append(" " if c.isspace() else c)
    return "".join(kept)


def is_punctuation(c):
    ascii_symbol = 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126
    return ascii_symbol or unicodedata.category(c).startswith("P")


def words(text, lower, strip, chinese):
    text = clean(text)
    if chinese:
        text = "".join(f" {c} " if any(a <= ord(c) <= b for a, b in CHINESE) else c for c in text)
    if strip:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    if lower:
        # One by one: a sigma at the end of a word is no other than within it.
        text = "".join(c.lower() for c in text)
    for blank_free in text.split():
        word = ""
        for c in blank_free:
            if is_punctuation(c):
                if word:
                    yield word
                yield c
                word = ""
            else:
                word += c
        if word:
            yield word


def pieces(word, vocabulary):
    if len(word) > 100:
        return ["[UNK]"]
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                break
        else:
            return ["[UNK]"]
        found.append(piece)
        start = end
    return found


def encode(text, vocabulary, lower=True, strip=True, chinese=True):
    ids = []
    while text:
        place, token = min(((text.find(s), s) for s in SPECIAL if s in text), default=(len(text), None))
        for word in words(text[:place], lower, strip, chinese):
            ids += [vocabulary[p] for p in pieces(word, vocabulary)]
        if token:
            ids.append(vocabulary[token])
        text = text[place + len(token or ""):]
    return ids


TEXTS = [
    "", " ", "hello world", "Hello, World!", "unaffable", "I'm can't won't", "The quick brown fox jumps over the lazy dog.",
    "a\tb\nc\rd", "a\u00a0b\u2003c\u3000d", "tab\there", "naïve café résumé ÅNGSTRÖM", "e\u0301 and é", "Ǆungla ǅ ǆ", "İstanbul ISPARTA ıI", "ΣΊΣΥΦΟΣ ς σ",
    "Straße STRASSE ẞ", "ﬁne ﬂow", "$100 + 5% = <b>&amp;</b> ^_^ `x` ~y~ |z|", "C++ C# F#; a->b => c", "user@example.com http://a.b/c?d=e&f=g#h",
    "中文字符 mixed 漢字かな交じり文", "日本語テキスト", "한국어 문장입니다 각", "привет Ёлка Йод", "السلام عليكم", "हिन्दी में", "ไทยภาษา", "𝒜𝓃 𝔘𝔫", "😀 smile 👩‍👩‍👧 🇩🇪",
    "zero\u200bwidth\u200djoin\ufeffbom", "soft\u00adhyphen", "a\u0000b\ufffdc", "\u0085next\u2028line\u2029para", "—dash– “quotes” ‘single’ …", "¿Qué? ¡Sí! «oui»",
    "3.14159 1,000,000 2nd 10th", "x" * 100, "x" * 101, "é" * 100, "[CLS] a [SEP] b [MASK] [PAD] [UNK]", "[cls] [sep] [Mask]", "a[MASK]b", "[MASK][MASK]",
    "##ing ##ed un##aff", "ｆｕｌｌｗｉｄｔｈ ＡＢＣ", "²³ ½ ⅓ ①", "μ µ Ω Ω Å Å", "\u1e9b\u0323", "豈更車", "\U0002F800 \U00020000 \U0002B820", "Ελληνικά γλώσσα; ερώτηση\u037e", "o\u0308o\u0323\u0302",
    "ﷺ ﷲ", "\ue000private\uf8ff", "\U000E0041tag", "supercalifragilisticexpialidocious", "ᄀ가각힣",
]


def main():
    with open(sys.argv[1], encoding="utf-8", newline="\n") as file:
        vocabulary = {line.rstrip("\r\n"): number for number, line in enumerate(file)}
    if len(sys.argv) > 2:
        for line in open(sys.argv[2], encoding="utf-8", newline="\n"):
            print(*encode(json.loads(line), vocabulary))
        return
    table = [{"text": t, "uncased": encode(t, vocabulary), "cased": encode(t, vocabulary, False, False),
              "accents": encode(t, vocabulary, True, False), "plain": encode(t, vocabulary, True, True, False)} for t in TEXTS]
    print("[\n" + ",\n".join(json.dumps(row) for row in table) + "\n]")


if __name__ == "__main__":
    main()
