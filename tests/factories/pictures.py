import io

from PIL import Image


def picture(kind="PNG", colour="teal", size=(320, 200)):
    """An encoded picture of one colour."""
    drawn = io.BytesIO()
    Image.new("RGB", size, colour).save(drawn, kind)
    return drawn.getvalue()
